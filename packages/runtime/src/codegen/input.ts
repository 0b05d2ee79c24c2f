import type { OwnedBytes } from "../codec.ts";

/** An enum's value: one of those that the header knew, or any other that the producer sent. */
export type OpenEnum<Known> = Known | (Known extends bigint ? bigint & {} : number & {});

/** Says of a type that `encode` takes something else for it, too; no value has it. */
declare const alsoGiven: unique symbol;

/** A value as a record holds it, for which `encode` takes `Other`, too: an address as people write it. */
export type Formatted<Exact, Other> = Exact | (Exact & { readonly [alsoGiven]: Other });

/**
 * Flags by the names of an enum, in its order, and all bits that have no name there as one number behind them; for `encode` in any
 * order, or as one number.
 */
export type FlagSet<Name extends string, Bits extends number | bigint = number> = Formatted<
  readonly (Name | Bits)[],
  bigint extends Bits ? number | bigint : number
>;

/** Says which property of a type tells it from others that may stand in its place; no value has it. */
declare const toldBy: unique symbol;

/** One of several structs: `encode` wants the property that tells them apart. */
export type ToldApart<One, Kind extends keyof One> = One & { readonly [toldBy]?: Kind };

/** The numbers of a device. */
export interface DevParts {
  /** Its driver: 0 to 4095. */
  readonly major: number;
  /** The device of that driver: 0 to 1048575. */
  readonly minor: number;
}

/** Typed arrays of numbers and of bigints. */
export type NumberArray =
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/**
 * What a codec encodes: its decoded type with everything optional (what is left out is 0), `number` allowed where it
 * has `bigint`, any bytes where it has its own. Of a union, one arm, or a decoded union, whose bytes win. One of several structs names
 * its kind.
 */
export type Input<T> = T extends { readonly [alsoGiven]: infer Other }
  ? Other
  : T extends bigint
    ? bigint | number
    : T extends number | string | boolean | undefined
      ? T
      : T extends OwnedBytes
        ? Uint8Array
        : T extends NumberArray
          ? T | readonly (T extends BigInt64Array | BigUint64Array ? bigint | number : number)[]
          : T extends readonly (infer Element)[]
            ? readonly Input<Element>[]
            : typeof toldBy extends keyof T
              ? GivenAs<T, NonNullable<T[typeof toldBy]>>
              : { readonly [Name in keyof T]?: Input<T[Name]> | undefined };

/** What a codec encodes of one of several structs, which names its kind. */
type GivenAs<T, Kind> = {
  readonly [Name in Exclude<keyof T, typeof toldBy | Kind>]?: Input<T[Name]> | undefined;
} & { readonly [Name in Kind & keyof T]: T[Name] };

/** What an encoder reads of a value before it knows which of the types it is: the members of all of them. */
export type AnyArm<T> = {
  readonly [Name in T extends unknown ? keyof T : never]?: T extends unknown
    ? Name extends keyof T
      ? T[Name]
      : undefined
    : never;
};

/** Types that a view gives whole: everything but a contained struct or union. */
type Whole = bigint | number | string | boolean | undefined | OwnedBytes | NumberArray | readonly unknown[];

/**
 * A read-only cursor over a leased record: members are decoded when they are read, contained structs are cursors
 * themselves, and bytes are copied, to a new array or by `copyXTo(target)` into one of yours, which gives the bytes
 * copied. Every member throws once the lease has ended.
 */
export type ViewOf<T> = T extends Whole
  ? T
  : { readonly [Name in keyof T]: undefined extends T[Name] ? T[Name] : ViewOf<T[Name]> } & {
      readonly [Name in keyof T as T[Name] extends OwnedBytes ? `copy${Capitalize<Name & string>}To` : never]: (
        target: Uint8Array,
      ) => number;
    };

/**
 * Setters over a reserved sample; what is not set is 0. Contained structs are writers themselves. Every member throws
 * once the sample was submitted or discarded.
 */
export type WriterOf<T> = T extends Whole
  ? Input<T>
  : {
      -readonly [Name in keyof T]: T[Name] extends Whole
        ? Input<T[Name]>
        : undefined extends T[Name]
          ? Input<T[Name]>
          : WriterOf<T[Name]>;
    };
