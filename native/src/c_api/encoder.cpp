#include "vectors/encoder.h"

#include "c_api/guard.h"
#include "c_api/handles.h"

using namespace wordmill;

wm_code wm_encode_rows(const wm_table* table, const wm_keys* keys, uint64_t first_row, const wm_encode_options* options,
                       uint8_t* out, uint64_t capacity, uint64_t* rows, uint64_t* bytes, wm_error* error) {
  return guard(error, [&] {
    require(table != nullptr, "table", "table must not be NULL");
    require(options != nullptr, "options", "options must not be NULL");
    require(options->style >= WM_NUMBERS_BINARY && options->style <= WM_NUMBERS_SHORTEST, "style",
            "style is not a wm_number_style");
    require(options->style == WM_NUMBERS_BINARY || options->separator == ' ' || options->separator == '\t', "separator",
            "the separator is a space or a tab");
    require(keys != nullptr || options->style != WM_NUMBERS_BINARY, "keys", "word2vec's binary format needs keys");
    require(keys == nullptr || keys->value->size() == table->value()->rows(), "keys",
            "there must be as many keys as rows");
    require(first_row <= table->value()->rows(), "firstRow", "firstRow is beyond the table");
    require(capacity == 0 || out != nullptr, "out", "out must not be NULL");
    require(rows != nullptr && bytes != nullptr, "rows", "rows and bytes must not be NULL");
    const Keys* names = keys == nullptr ? nullptr : keys->value.get();
    const Encoded encoded = encodeRows(*table->value(), names, first_row, *options, out, capacity);
    *rows = encoded.rows;
    *bytes = encoded.bytes;
  });
}
