#include "encoder.h"

#include "arguments.h"
#include "keys.h"
#include "table.h"

namespace wordmill::node {

// wm_code wm_encode_rows(const wm_table* table, const wm_keys* keys, uint64_t first_row,
//                        const wm_encode_options* options, uint8_t* out, uint64_t capacity, uint64_t* rows,
//                        uint64_t* bytes, wm_error* error);
Napi::Value encodeRows(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Fields fields(info[3], "options");
  wm_encode_options options{};
  options.style = fields.choice(
      "style", {{"binary", WM_NUMBERS_BINARY}, {"fixed6", WM_NUMBERS_FIXED6}, {"shortest", WM_NUMBERS_SHORTEST}});
  options.separator = static_cast<uint8_t>(fields.choice("separator", kSeparators, 0x20));
  options.trailing_separator = fields.flag("trailingSeparator", false);

  const TableHandle table = Table::use(info[0], "table");
  KeysHandle keys;
  if (!info[1].IsUndefined()) {
    keys = Keys::use(info[1], "keys");
    const uint64_t rows = describeTable(table.get()).rows;
    if (wm_keys_size(keys.get()) != rows) {
      refuse(env, "keys",
             "expected a key for each of " + std::to_string(rows) + " rows, got " +
                 std::to_string(wm_keys_size(keys.get())));
    }
  }
  const uint64_t first = toSize(info[2], "firstRow");
  const Span<uint8_t> out = toBytes(info[4], "out");
  uint64_t rows = 0;
  uint64_t bytes = 0;
  wm_error error;
  check(env, wm_encode_rows(table.get(), keys.get(), first, &options, out.data, out.size, &rows, &bytes, &error),
        error);
  Napi::Object result = Napi::Object::New(env);
  result.Set("rows", fromSize(rows));
  result.Set("bytes", fromSize(bytes));
  return result;
}

}  // namespace wordmill::node
