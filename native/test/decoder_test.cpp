// Vector files, whole and damaged, in pieces of any size.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "corpus_fixture.h"

namespace {

struct Decoded {
  wm_code code = WM_OK;
  wm_error error{};
  std::vector<std::string> keys;
  std::vector<float> values;
  wm_table_info table{};
  bool hasKeys = false;
  bool wanted = true;  // after the last piece
};

wm_decoder_options decoderOptions(int32_t layout, uint64_t rows, uint64_t columns) {
  wm_decoder_options options{};
  options.layout = layout;
  options.dtype = WM_F32;
  options.rows = rows;
  options.columns = columns;
  options.limit = UINT64_MAX;
  options.max_key_bytes = 100;
  options.separator = ' ';
  options.has_keys = 1;
  return options;
}

Decoded decode(const std::string& file, const wm_decoder_options& options, uint64_t pieceBytes = UINT64_MAX) {
  Decoded result;
  wm_decoder* handle = nullptr;
  result.code = wm_decoder_create(&options, &handle, &result.error);
  if (result.code != WM_OK) return result;
  const Owned<wm_decoder> decoder(handle);
  for (uint64_t at = 0; at < file.size();) {
    const uint64_t size = std::min(pieceBytes, file.size() - at);
    int32_t wanted = -1;
    // Of its own size, so that a sanitizer sees any step beyond.
    const std::vector<uint8_t> piece(bytesOf(file) + at, bytesOf(file) + at + size);
    result.code = wm_decoder_feed(decoder.get(), piece.data(), size, &wanted, &result.error);
    if (result.code != WM_OK) return result;
    result.wanted = wanted != 0;
    at += size;
  }
  wm_table* table = nullptr;
  wm_keys* keys = nullptr;
  result.code = wm_decoder_finish(decoder.get(), &table, &keys, &result.error);
  const Owned<wm_table> tableOwner(table);
  const Owned<wm_keys> keysOwner(keys);
  if (result.code != WM_OK) {
    CHECK(table == nullptr && keys == nullptr);
    return result;
  }
  wm_table_describe(table, &result.table);
  result.hasKeys = keys != nullptr;
  if (keys != nullptr) result.keys = wordsOf(keys);
  result.values.resize(result.table.rows * result.table.columns);
  if (!result.values.empty()) {
    CHECK_EQUAL(
        wm_table_read(table, 0, result.table.rows, WM_F32, result.values.data(), result.values.size() * 4, nullptr),
        WM_OK);
  }
  return result;
}

/// The outcome must not depend on the pieces.
Decoded decodeEveryWay(const std::string& file, const wm_decoder_options& options) {
  const Decoded whole = decode(file, options);
  for (const uint64_t pieceBytes : {uint64_t{1}, uint64_t{2}, uint64_t{7}, uint64_t{64}, uint64_t{5000}}) {
    wm_decoder_options known = options;
    for (int i = 0; i < 2; ++i, known.total_bytes = file.size()) {
      const Decoded parts = decode(file, known, pieceBytes);
      CHECK_EQUAL(parts.code, whole.code);
      CHECK(parts.keys == whole.keys);
      CHECK(parts.values == whole.values);
      if (known.total_bytes == 0) {
        CHECK_EQUAL(parts.error.offset, whole.error.offset);
        CHECK_EQUAL(std::string(parts.error.text), whole.error.text);
      }
    }
  }
  return whole;
}

std::string binaryRow(const std::string& key, const std::vector<float>& values, const std::string& lineEnd = "\n") {
  return key + ' ' + std::string(reinterpret_cast<const char*>(values.data()), values.size() * 4) + lineEnd;
}

void decodesBinary() {
  const std::string odd("\xff\t\0\xc2\xa0\n", 6);
  for (const std::string lineEnd : {"\n", ""}) {
    const std::string file = binaryRow("the", {1, 2, 3}, lineEnd) + binaryRow(odd, {4, 5, 6}, lineEnd) +
                             binaryRow("__proto__", {-0.0F, INFINITY, 1e-45F}, lineEnd) +
                             binaryRow("", {7, 8, 9}, lineEnd);
    const Decoded decoded = decodeEveryWay(file, decoderOptions(WM_LAYOUT_WORD2VEC_BINARY, 4, 3));
    CHECK_EQUAL(decoded.code, WM_OK);
    CHECK(decoded.keys == (std::vector<std::string>{"the", odd, "__proto__", ""}));
    CHECK(decoded.values == (std::vector<float>{1, 2, 3, 4, 5, 6, -0.0F, INFINITY, 1e-45F, 7, 8, 9}));
    CHECK(!decoded.wanted);

    wm_decoder_options options = decoderOptions(WM_LAYOUT_WORD2VEC_BINARY, 4, 3);
    options.limit = 2;
    const Decoded limited = decodeEveryWay(file, options);
    CHECK_EQUAL(limited.keys.size(), 2U);
    CHECK_EQUAL(limited.table.rows, 2U);
    CHECK(!limited.wanted);
  }
}

void decodesIntoNarrowNumbers() {
  const std::string file = binaryRow("a", {1, -2.5F, 0.099975586F}) + binaryRow("b", {3, 4, 5});
  for (const int32_t dtype : {WM_F16, WM_BF16, WM_I8}) {
    wm_decoder_options options = decoderOptions(WM_LAYOUT_WORD2VEC_BINARY, 2, 3);
    options.dtype = dtype;
    const Decoded decoded = decode(file, options);
    CHECK_EQUAL(decoded.table.dtype, dtype);
    CHECK_NEAR(decoded.values[1], -2.5, 1e-6);
    CHECK_NEAR(decoded.values[2], 0.1, dtype == WM_I8 ? 0.01 : 0.001);
    CHECK_NEAR(decoded.values[5], 5.0, 1e-6);
  }
}

void reportsTruncationAtEveryByte() {
  const std::string file =
      binaryRow("first", {1, 2, 3}) + binaryRow("second", {4, 5, 6}) + binaryRow("third", {7, 8, 9});
  std::string text = "first 1 2 3\nsecond 4 5 6\nthird 7 8 9\n";
  for (size_t length = 0; length <= file.size(); ++length) {
    wm_decoder_options options = decoderOptions(WM_LAYOUT_WORD2VEC_BINARY, 3, 3);
    options.base = 4;
    for (const uint64_t pieceBytes : {UINT64_MAX, uint64_t{5}}) {
      const Decoded decoded = decode(file.substr(0, length), options, pieceBytes);
      CHECK_EQUAL(decoded.code, length + 1 < file.size() ? WM_ERR_TRUNCATED : WM_OK);  // the last LF is optional
      if (decoded.code == WM_ERR_TRUNCATED) CHECK_EQUAL(decoded.error.offset, static_cast<int64_t>(length + 4));
    }
  }
  for (size_t length = 0; length <= text.size(); ++length) {
    const Decoded decoded = decode(text.substr(0, length), decoderOptions(WM_LAYOUT_TEXT, 3, 3));
    CHECK_EQUAL(decoded.code, length + 1 < text.size() ? WM_ERR_TRUNCATED : WM_OK);
  }
}

void doesNotBelieveHeaders() {
  const std::string file = binaryRow("a", {1, 2, 3});
  for (const int32_t layout : {WM_LAYOUT_WORD2VEC_BINARY, WM_LAYOUT_TEXT}) {
    const std::string& bytes = layout == WM_LAYOUT_TEXT ? "a 1 2 3\n" : file;
    wm_decoder_options options = decoderOptions(layout, uint64_t{1} << 62, 3);
    CHECK_EQUAL(decode(bytes, options).code, WM_ERR_TRUNCATED);
    options.total_bytes = bytes.size();
    const Decoded known = decode(bytes, options);
    CHECK_EQUAL(known.code, WM_ERR_TRUNCATED);
    CHECK_EQUAL(known.error.offset, static_cast<int64_t>(bytes.size()));
    options.limit = 1;
    CHECK_EQUAL(decode(bytes, options).code, WM_OK);
  }
  CHECK_EQUAL(decode(file, decoderOptions(WM_LAYOUT_WORD2VEC_BINARY, 1, uint64_t{1} << 40)).code, WM_ERR_LIMIT);
  CHECK_EQUAL(decode(file, decoderOptions(WM_LAYOUT_WORD2VEC_BINARY, 1, 0)).code, WM_ERR_OPTION);
  CHECK_EQUAL(decode(file, decoderOptions(WM_LAYOUT_WORD2VEC_BINARY, UINT64_MAX, 3)).code, WM_ERR_OPTION);
  CHECK_EQUAL(decode(file, decoderOptions(7, 1, 3)).code, WM_ERR_OPTION);
  const Decoded none = decode("", decoderOptions(WM_LAYOUT_WORD2VEC_BINARY, 0, 3));
  CHECK_EQUAL(none.code, WM_OK);
  CHECK_EQUAL(none.table.rows, 0U);
}

void limitsKeys() {
  const std::string fits(100, 'k');
  for (const int32_t layout : {WM_LAYOUT_WORD2VEC_BINARY, WM_LAYOUT_TEXT}) {
    const std::string row = layout == WM_LAYOUT_TEXT ? " 1 2\n" : binaryRow("", {1, 2});
    CHECK_EQUAL(decodeEveryWay(fits + row, decoderOptions(layout, 1, 2)).code, WM_OK);
    const Decoded decoded = decodeEveryWay("a" + row + fits + "k" + row, decoderOptions(layout, 2, 2));
    CHECK_EQUAL(decoded.code, WM_ERR_LIMIT);
  }
  // Nothing like a row, and no end to it.
  CHECK_EQUAL(decodeEveryWay(std::string(5000, 'x'), decoderOptions(WM_LAYOUT_TEXT, 1, 2)).code, WM_ERR_LIMIT);
  CHECK_EQUAL(decodeEveryWay(std::string(5000, 'x'), decoderOptions(WM_LAYOUT_WORD2VEC_BINARY, 1, 2)).code,
              WM_ERR_LIMIT);
}

void decodesText() {
  const std::string file =
      "the 0.1 -2e-3\r\n"
      "new\xc2\xa0york 3 4 \n"  // trailing separator, as word2vec.c writes it
      ". . . 5 6\n"             // GloVe has such keys
      "part 10 7 8\n"
      " 9 10\n"  // an empty key
      "spaced  11  nan\n"
      "last inf 12";
  for (const uint64_t rows : {uint64_t{7}, UINT64_MAX}) {
    for (const std::string ending : {"", "\n", "\r\n", "\n\n\r\n"}) {
      const Decoded decoded = decode(file + ending, decoderOptions(WM_LAYOUT_TEXT, rows, 2));
      CHECK_EQUAL(decoded.code, WM_OK);
      CHECK(decoded.keys ==
            (std::vector<std::string>{"the", "new\xc2\xa0york", ". . .", "part 10", "", "spaced ", "last"}));
      CHECK_EQUAL(decoded.values[0], 0.1F);
      CHECK_EQUAL(decoded.values[1], -0.002F);
      CHECK(std::isnan(decoded.values[11]));
      CHECK_EQUAL(decoded.values[12], INFINITY);
      CHECK_EQUAL(decoded.values[13], 12.0F);
    }
  }
  const Decoded limited = [&] {
    wm_decoder_options options = decoderOptions(WM_LAYOUT_TEXT, UINT64_MAX, 2);
    options.limit = 3;
    return decodeEveryWay(file, options);
  }();
  CHECK_EQUAL(limited.keys.size(), 3U);
  CHECK(!limited.wanted);
}

void decodesRowsWithoutKeys() {
  wm_decoder_options options = decoderOptions(WM_LAYOUT_TEXT, UINT64_MAX, 3);
  options.separator = '\t';
  options.has_keys = 0;
  const Decoded decoded = decodeEveryWay("1\t2\t3\n4\t5\t6\n", options);
  CHECK_EQUAL(decoded.code, WM_OK);
  CHECK(!decoded.hasKeys);
  CHECK(decoded.values == (std::vector<float>{1, 2, 3, 4, 5, 6}));
  CHECK_EQUAL(decodeEveryWay("1\t2\t3\nkey\t4\t5\t6\n", options).code, WM_ERR_FORMAT);
  CHECK_EQUAL(decodeEveryWay("1\t2\t3\n4\t5\n", options).code, WM_ERR_FORMAT);
}

void reportsBadLines() {
  wm_decoder_options options = decoderOptions(WM_LAYOUT_TEXT, 3, 3);
  const auto check = [&](const std::string& file, int64_t offset, const char* text) {
    const Decoded decoded = decodeEveryWay(file, options);
    CHECK_EQUAL(decoded.code, WM_ERR_FORMAT);
    CHECK_EQUAL(decoded.error.offset, offset);
    if (std::strstr(decoded.error.text, text) == nullptr) CHECK_EQUAL(std::string(decoded.error.text), text);
  };
  check("a 1 2 3\nb 1 2\nc 1 2 3\n", 8, "line 2 has 3 fields where 3 numbers after a key are expected");
  check("a 1 2 3 4\nb 1 2 3 4\nc 1 2 3 4\n", 0, "line 1 has 5 fields");
  check("a 1 2 3\nb 1 x 3\nc 1 2 3\n", 8, "line 2 does not end with 3 numbers after a key");
  check("a 1 2 3\nb 1 2.5.1 3\nc 1 2 3\n", 8, "line 2 does not end");
  check("a 1 2 3\n\nc 1 2 3\n", 9, "blank");
  check("a 1 2 3\nlonely\nc 1 2 3\n", 8, "line 2 has 1 fields");
  options.base = 4;
  check("a 1 2 3\nb 1 2\nc 1 2 3\n", 12, "line 2 after the header");
}

/// More than one step and thread, and the first of several faults.
void decodesMuchText() {
  std::mt19937 random(4);
  std::string file;
  std::vector<float> values;
  std::vector<std::string> keys;
  std::vector<size_t> starts;
  const uint64_t rows = 30000;
  for (uint64_t row = 0; row < rows; ++row) {
    keys.push_back("key" + std::to_string(row) + (row % 100 == 1 ? " with spaces" : ""));
    starts.push_back(file.size());
    file += keys.back();
    for (int i = 0; i < 10; ++i) {
      values.push_back(static_cast<float>(static_cast<int32_t>(random())) / 1e9F);
      char number[32];
      std::snprintf(number, sizeof(number), " %.9g", static_cast<double>(values.back()));
      file += number;
    }
    file += row % 2 == 0 ? "\n" : " \r\n";
  }
  for (const uint64_t pieceBytes : {UINT64_MAX, uint64_t{1} << 16, uint64_t{999}}) {
    for (const uint64_t total : {uint64_t{0}, uint64_t{file.size()}}) {
      wm_decoder_options options = decoderOptions(WM_LAYOUT_TEXT, rows, 10);
      options.total_bytes = total;
      const Decoded decoded = decode(file, options, pieceBytes);
      CHECK_EQUAL(decoded.code, WM_OK);
      CHECK(decoded.keys == keys);
      CHECK(decoded.values == values);
    }
  }
  file[starts[20000] + 12] = file[starts[9000] + 12] = '?';
  const Decoded decoded = decode(file, decoderOptions(WM_LAYOUT_TEXT, rows, 10));
  CHECK_EQUAL(decoded.code, WM_ERR_FORMAT);
  CHECK_EQUAL(decoded.error.offset, static_cast<int64_t>(starts[9000]));
}

void survivesNoise() {
  std::mt19937 random(6);
  const std::string text = "the 0.1 0.2\nnew york 1e5 -3\nnan nan inf\n";
  const std::string binary = binaryRow("the", {1, 2}) + binaryRow("new", {3, 4}) + binaryRow("york", {5, 6});
  for (int i = 0; i < 20000; ++i) {
    const bool isText = i % 2 == 0;
    std::string file = isText ? text : binary;
    for (uint32_t k = 0; k <= random() % 3; ++k) {
      const size_t at = random() % file.size();
      switch (random() % 3) {
        case 0:
          file[at] = static_cast<char>(random());
          break;
        case 1:
          file.erase(at, random() % 5);
          break;
        default:
          file.insert(at, 1, " \n\r.e-0\xff"[random() % 8]);
      }
      if (file.empty()) file = " ";
    }
    const Decoded decoded =
        decode(file, decoderOptions(isText ? WM_LAYOUT_TEXT : WM_LAYOUT_WORD2VEC_BINARY, 3, 2), 1 + random() % 20);
    CHECK(decoded.code == WM_OK
              ? decoded.keys.size() == 3
              : decoded.code == WM_ERR_FORMAT || decoded.code == WM_ERR_TRUNCATED || decoded.code == WM_ERR_LIMIT);
  }
}

}  // namespace

int main() {
  decodesBinary();
  decodesIntoNarrowNumbers();
  reportsTruncationAtEveryByte();
  doesNotBelieveHeaders();
  limitsKeys();
  decodesText();
  decodesRowsWithoutKeys();
  reportsBadLines();
  decodesMuchText();
  survivesNoise();
  return checkResult();
}
