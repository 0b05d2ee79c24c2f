import { type Leased, type RecordCodec, type RecordLoops, recordLoops, takeLease } from "./codec.ts";

/** The loops of a codec: its own, or those that do for any. */
export function loopsOf<Out, In, View>(codec: RecordCodec<Out, In, View>): RecordLoops<Out, In, View> {
  return codec[recordLoops] ?? generalLoops(codec);
}

function generalLoops<Out, In, View>(codec: RecordCodec<Out, In, View>): RecordLoops<Out, In, View> {
  return {
    consume(lease, handler, run) {
      let next = lease.offset;
      do {
        next += lease.stride;
        let record: Out;
        try {
          record = codec.decode(lease.view, lease.offset, lease.byteLength);
        } catch (error) {
          run.failed(error, lease);
          continue;
        }
        if (handler(record) === false) return false;
      } while (lease.moveTo(next));
      return true;
    },
    consumeViews(lease, view, handler) {
      const leased = view as Leased;
      const moves = leased[takeLease](lease);
      for (let next = lease.offset; ; ) {
        next += lease.stride;
        if (handler(view) === false) return false;
        if (!lease.moveTo(next)) return true;
        if (moves) leased[takeLease](lease);
      }
    },
    write(sink, values) {
      for (const value of values) {
        const offset = sink.reserve(codec.byteLengthOf(value));
        if (offset < 0) return;
        sink.submit(codec.encode(value, sink.view, offset));
      }
    },
  };
}
