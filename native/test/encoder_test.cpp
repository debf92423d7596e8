// Vector files as the reference tools write them.
#include <cstring>
#include <random>

#include "corpus_fixture.h"

namespace {

Owned<wm_table> tableOf(uint64_t rows, uint64_t columns, const std::vector<float>& values, wm_dtype dtype = WM_F32) {
  wm_table* table = nullptr;
  CHECK_EQUAL(wm_table_create(dtype, rows, columns, &table, nullptr), WM_OK);
  CHECK_EQUAL(wm_table_write(table, 0, rows, WM_F32, values.data(), values.size() * 4, nullptr), WM_OK);
  return Owned<wm_table>(table);
}

struct Encoded {
  wm_code code;
  wm_error error;
  std::string bytes;
  uint64_t rows;
};

Encoded encode(const Owned<wm_table>& table, const Owned<wm_keys>& keys, const wm_encode_options& options,
               uint64_t first = 0, uint64_t capacity = 1 << 20) {
  Encoded encoded{};
  std::vector<uint8_t> out(capacity);
  uint64_t bytes = 0;
  encoded.code = wm_encode_rows(table.get(), keys.get(), first, &options, out.data(), capacity, &encoded.rows, &bytes,
                                &encoded.error);
  encoded.bytes.assign(reinterpret_cast<const char*>(out.data()), bytes);
  return encoded;
}

const std::vector<float> values = {1, -0.5F, 0.1F, 1e-7F, 12345678, 3e38F};
const wm_encode_options binary = {WM_NUMBERS_BINARY, 0, 0};
const wm_encode_options fixed = {WM_NUMBERS_FIXED6, ' ', 0};
const wm_encode_options shortest = {WM_NUMBERS_SHORTEST, ' ', 0};

void writesEveryStyle() {
  const Owned<wm_table> table = tableOf(2, 3, values);
  const Owned<wm_keys> keys = keysOf({"the", "new york"});
  CHECK_EQUAL(encode(table, keys, fixed).bytes,
              "the 1.000000 -0.500000 0.100000\n"
              "new york 0.000000 12345678.000000 300000000549775575777803994281145270272.000000\n");
  CHECK_EQUAL(encode(table, keys, shortest).bytes, "the 1 -0.5 0.1\nnew york 1e-07 12345678 3e+38\n");
  CHECK_EQUAL(encode(table, keys, {WM_NUMBERS_SHORTEST, ' ', 1}).bytes.substr(0, 16), "the 1 -0.5 0.1 \n");
  CHECK_EQUAL(encode(table, nullptr, {WM_NUMBERS_SHORTEST, '\t', 0}).bytes, "1\t-0.5\t0.1\n1e-07\t12345678\t3e+38\n");
  const Owned<wm_keys> plain = keysOf({"the", "york"});
  const std::string numbers(reinterpret_cast<const char*>(values.data()), 24);
  CHECK(encode(table, plain, binary).bytes == "the " + numbers.substr(0, 12) + "\nyork " + numbers.substr(12) + "\n");
  CHECK_EQUAL(encode(tableOf(1, 2, {0.5F, 2}, WM_F16), keysOf({"half"}), shortest).bytes, "half 0.5 2\n");
}

void stopsBeforeARowThatDoesNotFit() {
  const Owned<wm_table> table = tableOf(2, 3, values);
  const Owned<wm_keys> keys = keysOf({"first", "second"});
  for (const wm_encode_options& options : {binary, fixed, shortest}) {
    const std::string whole = encode(table, keys, options).bytes;
    const uint64_t firstRow = encode(table, keys, options, 1).bytes.size();
    const uint64_t head = whole.size() - firstRow;
    for (uint64_t capacity = 0; capacity <= whole.size() + 1; ++capacity) {
      const Encoded encoded = encode(table, keys, options, 0, capacity);
      if (capacity < head) {
        CHECK_EQUAL(encoded.code, WM_ERR_LIMIT);
        continue;
      }
      CHECK_EQUAL(encoded.rows, capacity < whole.size() ? 1U : 2U);
      CHECK(encoded.bytes == (capacity < whole.size() ? whole.substr(0, head) : whole));
    }
  }
  const Encoded end = encode(table, keys, fixed, 2);
  CHECK_EQUAL(end.code, WM_OK);
  CHECK_EQUAL(end.rows, 0U);
}

void refusesKeysThatWouldBreakTheFile() {
  const Owned<wm_table> table = tableOf(2, 3, values);
  CHECK_EQUAL(encode(table, keysOf({"a", "b\nc"}), fixed).code, WM_ERR_FORMAT);
  CHECK_EQUAL(encode(table, keysOf({"a", "b\nc"}), binary).code, WM_OK);
  CHECK_EQUAL(encode(table, keysOf({"a", "b c"}), binary).code, WM_ERR_FORMAT);
  CHECK_EQUAL(encode(table, keysOf({"\na", "b"}), binary).code, WM_ERR_FORMAT);
  const Encoded few = encode(table, keysOf({"a"}), fixed);
  CHECK_EQUAL(few.code, WM_ERR_OPTION);
  CHECK_EQUAL(std::string(few.error.option), "keys");
  CHECK_EQUAL(encode(table, nullptr, binary).code, WM_ERR_OPTION);
}

/// What is written in the shortest style and in binary comes back bit by bit.
void comesBack() {
  std::mt19937 random(11);
  const uint64_t rows = 500;
  const uint64_t columns = 7;
  std::vector<float> numbers;
  std::vector<std::string> words;
  for (uint64_t i = 0; i < rows; ++i) words.push_back("word" + std::to_string(i));
  while (numbers.size() < rows * columns) {
    const uint32_t bits = static_cast<uint32_t>(random());
    float number;
    std::memcpy(&number, &bits, 4);
    if (number == number) numbers.push_back(number);
  }
  const Owned<wm_table> table = tableOf(rows, columns, numbers);
  const Owned<wm_keys> keys = keysOf(words);
  for (const wm_encode_options& style : {binary, shortest}) {
    const std::string file = encode(table, keys, style).bytes;
    wm_decoder_options options{};
    options.layout = style.style == WM_NUMBERS_BINARY ? WM_LAYOUT_WORD2VEC_BINARY : WM_LAYOUT_TEXT;
    options.rows = rows;
    options.columns = columns;
    options.limit = UINT64_MAX;
    options.total_bytes = file.size();
    options.max_key_bytes = 100;
    options.separator = ' ';
    options.has_keys = 1;
    wm_decoder* handle = nullptr;
    CHECK_EQUAL(wm_decoder_create(&options, &handle, nullptr), WM_OK);
    const Owned<wm_decoder> decoder(handle);
    CHECK_EQUAL(wm_decoder_feed(decoder.get(), bytesOf(file), file.size(), nullptr, nullptr), WM_OK);
    wm_table* readTable = nullptr;
    wm_keys* readKeys = nullptr;
    CHECK_EQUAL(wm_decoder_finish(decoder.get(), &readTable, &readKeys, nullptr), WM_OK);
    const Owned<wm_table> tableOwner(readTable);
    const Owned<wm_keys> keysOwner(readKeys);
    CHECK(wordsOf(readKeys) == words);
    std::vector<float> read(numbers.size());
    CHECK_EQUAL(wm_table_read(readTable, 0, rows, WM_F32, read.data(), read.size() * 4, nullptr), WM_OK);
    CHECK(std::memcmp(read.data(), numbers.data(), read.size() * 4) == 0);
  }
}

}  // namespace

int main() {
  writesEveryStyle();
  stopsBeforeARowThatDoesNotFit();
  refusesKeysThatWouldBreakTheFile();
  comesBack();
  return checkResult();
}
