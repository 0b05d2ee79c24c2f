/** The record that a view of a ring stands on, by the cursor of its type, or the view itself where its tag says none; any other value as it is. */
export function viewed<Value extends object>(given: Value, view: abstract new () => object): Value {
  if (!(given instanceof view)) return given;
  return (Reflect.get(given, "value") as Value | undefined) ?? given;
}
