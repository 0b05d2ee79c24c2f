import { instruments, type Observed } from "./instruments.ts";

/** What `observe` needs of a `Meter` of `@opentelemetry/api`. */
export interface ObservableMeter {
  /** As the API of OpenTelemetry has it. */
  createObservableCounter(name: string, options: ObservableOptions): ObservableInstrument;
  /** As the API of OpenTelemetry has it. */
  createObservableGauge(name: string, options: ObservableOptions): ObservableInstrument;
}

interface ObservableOptions {
  readonly unit: string;
  readonly description: string;
}

interface ObservableInstrument {
  addCallback(callback: ObservableCallback): void;
  removeCallback(callback: ObservableCallback): void;
}

type ObservableCallback = (result: { observe(value: number, attributes?: Record<string, string>): void }) => void;

/**
 * Registers observable instruments for readers and relays by name; nothing is counted until the meter asks.
 * @returns what ends it.
 */
export function observe(meter: ObservableMeter, readers: Readonly<Record<string, Observed>>): () => void {
  const ends = instruments.map((instrument) => {
    const { name, kind, unit, help: description } = instrument;
    const make = kind === "counter" ? meter.createObservableCounter : meter.createObservableGauge;
    const observable = make.call(meter, name, { unit, description });
    const callback: ObservableCallback = (result) => {
      for (const [key, reader] of Object.entries(readers)) {
        for (const { value, labels } of instrument.read(key, reader.stats())) result.observe(value, { ...labels });
      }
    };
    observable.addCallback(callback);
    return () => observable.removeCallback(callback);
  });
  return () => {
    for (const end of ends) end();
  };
}
