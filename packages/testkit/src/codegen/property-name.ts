/** The property that a member called `name` in C becomes: a name that would change what an object is gets a `_`. */
export function propertyName(name: string): string {
  return name in Object.prototype || name === "toJSON" ? `${name}_` : name;
}
