/**
 * The keys of all ids up to the highest. Some vocabularies leave ids out; such a row still needs a key of its own, and gets
 * `<unusedN>`, N being the id. A key that an earlier id has gets its id appended.
 */
export function keysById(entries: Iterable<readonly [id: number, key: string]>): string[] {
  const keys: string[] = [];
  for (const [id, key] of entries) keys[id] = key;
  const taken = new Set<string>();
  for (let id = 0; id < keys.length; id++) {
    let key = keys[id] || `<unused${id}>`;
    while (taken.has(key)) key += `#${id}`;
    taken.add(key);
    keys[id] = key;
  }
  return keys;
}
