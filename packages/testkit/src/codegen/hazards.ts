/** Names that mean something to JavaScript, to a class or to the code that a generator prints; C takes them all. */
export const hazards: readonly string[] =
  `value view offset length name at class function this bytes arguments eval toString valueOf get set attach
prototype size layout decode encode type await async yield let delete new in of null undefined then toJSON hasOwnProperty
caller apply call kind count index i o v data end copyTo buffer byteLength byteOffset result target constructor record
sample var with isPrototypeOf toLocaleString number string symbol object any never unknown self writer reader path`.split(
    /\s+/,
  );
