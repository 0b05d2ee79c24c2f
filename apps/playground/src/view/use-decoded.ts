import { useEffect, useState } from "preact/hooks";
import type { Decoded } from "../codec/decoded.ts";
import type { Decoder } from "../codec/decoder.ts";

/** The samples as JSON: what was known before stays until they are decoded; undefined where nothing ever was. */
export function useDecoded(
  decoder: Decoder | undefined,
  record: string | undefined,
  samples: readonly Uint8Array[],
  indent: number,
): readonly Decoded[] | undefined {
  const [decoded, setDecoded] = useState<readonly Decoded[] | undefined>();
  useEffect(() => {
    if (decoder === undefined || record === undefined || samples.length === 0) return undefined;
    let current = true;
    const take = (result: readonly Decoded[] | undefined): void => {
      if (current && result !== undefined) setDecoded(result);
    };
    decoder.decode(record, samples, indent).then(take, (error: unknown) => {
      take(samples.map(() => ({ wrong: `This is a bug of rbgen: ${String(error)}` })));
    });
    return () => {
      current = false;
    };
  }, [decoder, record, samples, indent]);
  return decoded;
}
