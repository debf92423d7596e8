// An ONNX model of one node, Gather(table, ids) -> rows, encoded as the protocol buffer that onnx.proto describes.

const FLOAT = 1;
const INT32 = 6;

/** The bytes of the model. */
export function gatherModel() {
  const node = message(text(1, 'table'), text(1, 'ids'), text(2, 'rows'), text(4, 'Gather'));
  const graph = message(
    bytes(1, node),
    text(2, 'gather'),
    bytes(11, value('table', FLOAT, ['n', 'd'])),
    bytes(11, value('ids', INT32, ['k'])),
    bytes(12, value('rows', FLOAT, ['k', 'd'])),
  );
  const operators = message(text(1, ''), integer(2, 13));
  return message(integer(1, 8), bytes(7, graph), bytes(8, operators));
}

/** A ValueInfoProto: a tensor of a type, with named dimensions. */
function value(name, type, dimensions) {
  const shape = message(...dimensions.map((dimension) => bytes(1, message(text(2, dimension)))));
  const tensor = message(integer(1, type), bytes(2, shape));
  return message(text(1, name), bytes(2, message(bytes(1, tensor))));
}

const message = (...fields) => Buffer.concat(fields);
const integer = (field, number) => Buffer.concat([varint(field << 3), varint(number)]);
const bytes = (field, content) => Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
const text = (field, content) => bytes(field, Buffer.from(content));

function varint(number) {
  const out = [];
  for (let rest = number; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...out, rest]);
    out.push((rest & 0x7f) | 0x80);
  }
}
