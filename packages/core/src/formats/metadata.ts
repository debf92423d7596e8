import * as v from 'valibot';
import { formatError } from './limits.js';
import type { SafetensorsFile } from './safetensors.js';

/** What a file's metadata holds under a name, as JSON of that schema. */
export function readMetadata<Schema extends v.GenericSchema>(
  file: SafetensorsFile,
  name: string,
  schema: Schema,
): v.InferOutput<Schema> {
  const wrong = (what: string) => formatError(`"${name}" in its metadata ${what}`);
  const text = file.metadata[name];
  if (text === undefined) throw wrong('is missing');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw wrong(`is not JSON: ${(error as Error).message}`);
  }
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  throw wrong(`is wrong: ${v.getDotPath(result.issues[0]) ?? 'value'}: ${result.issues[0].message}`);
}
