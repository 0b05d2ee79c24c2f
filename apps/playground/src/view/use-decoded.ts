import { useEffect, useState } from "preact/hooks";
import type { Decoded } from "../codec/decoded.ts";
import type { Decoder } from "../codec/decoder.ts";

/** Samples as JSON, in the order of {@link samples}. */
export interface DecodedSamples {
  readonly samples: readonly Uint8Array[];
  readonly decoded: readonly Decoded[];
}

/** The samples as JSON; until they are decoded, those that were before; undefined where none ever was. */
export function useDecoded(
  decoder: Decoder | undefined,
  record: string | undefined,
  samples: readonly Uint8Array[],
  indent: number,
): DecodedSamples | undefined {
  const [known, setKnown] = useState<DecodedSamples | undefined>();
  useEffect(() => {
    if (decoder === undefined || record === undefined || samples.length === 0) return undefined;
    let current = true;
    const take = (decoded: readonly Decoded[] | undefined): void => {
      if (current && decoded !== undefined) setKnown({ samples, decoded });
    };
    decoder.decode(record, samples, indent).then(take, (error: unknown) => {
      take(samples.map(() => ({ wrong: `This is a bug of rbgen: ${String(error)}` })));
    });
    return () => {
      current = false;
    };
  }, [decoder, record, samples, indent]);
  return known;
}
