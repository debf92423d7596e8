// Tables and search through the C ABI, against plain loops, for every kind of table and count of queries.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "check.h"
#include "wordmill.h"

namespace {

std::mt19937 generator(3);

struct TableDeleter {
  void operator()(wm_table* table) const { wm_table_release(table); }
};
using TableHandle = std::unique_ptr<wm_table, TableDeleter>;

TableHandle makeTable(wm_dtype dtype, uint64_t rows, uint64_t columns, std::vector<float>& values) {
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  values.resize(rows * columns);
  for (float& value : values) value = uniform(generator);
  wm_table* table = nullptr;
  CHECK_EQUAL(wm_table_create(dtype, rows, columns, &table, nullptr), WM_OK);
  CHECK_EQUAL(wm_table_write(table, 0, rows, WM_F32, values.data(), values.size() * sizeof(float), nullptr), WM_OK);
  // What a narrower type has kept of the values.
  CHECK_EQUAL(wm_table_read(table, 0, rows, WM_F32, values.data(), values.size() * sizeof(float), nullptr), WM_OK);
  return TableHandle(table);
}

/// A table of blocks as GGUF files have them, which are not made but given, on `memory`.
TableHandle makeBlocks(wm_dtype dtype, uint64_t rows, uint64_t columns, std::vector<unsigned char>& memory,
                       std::vector<float>& values) {
  const uint64_t blockBytes = dtype == WM_Q8_0 ? 34 : 18;
  const uint64_t bytes = wm_row_bytes(dtype, columns);
  CHECK_EQUAL(bytes, columns / 32 * blockBytes);
  memory.resize(rows * bytes);
  for (unsigned char& byte : memory) byte = static_cast<unsigned char>(generator());
  // Scales of about 2^-8, and 2^-4.
  for (uint64_t at = 1; at < memory.size(); at += blockBytes) memory[at] = dtype == WM_Q8_0 ? 0x1C : 0x2C;
  wm_table* table = nullptr;
  CHECK_EQUAL(wm_table_wrap(dtype, rows, columns, bytes, memory.data(), memory.size(), &table, nullptr), WM_OK);
  values.resize(rows * columns);
  CHECK_EQUAL(wm_table_read(table, 0, rows, WM_F32, values.data(), values.size() * sizeof(float), nullptr), WM_OK);
  return TableHandle(table);
}

double score(const float* row, const float* query, uint64_t columns, wm_metric metric) {
  double dot = 0.0;
  double a = 0.0;
  double b = 0.0;
  for (uint64_t c = 0; c < columns; ++c) {
    dot += static_cast<double>(row[c]) * query[c];
    a += static_cast<double>(row[c]) * row[c];
    b += static_cast<double>(query[c]) * query[c];
  }
  if (metric == WM_DOT) return dot;
  return a > 0.0 && b > 0.0 ? dot / std::sqrt(a * b) : 0.0;
}

void testSearch(wm_dtype dtype, wm_metric metric, uint64_t rows, uint64_t columns, uint64_t queries, uint32_t k) {
  std::vector<float> values;
  std::vector<unsigned char> memory;
  const bool isBlocks = dtype == WM_Q8_0 || dtype == WM_Q4_0;
  const TableHandle table =
      isBlocks ? makeBlocks(dtype, rows, columns, memory, values) : makeTable(dtype, rows, columns, values);
  std::vector<float> query(queries * columns);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  for (float& value : query) value = uniform(generator);
  std::vector<uint64_t> offsets = {0};
  std::vector<uint32_t> exclude;
  for (uint64_t q = 0; q < queries; ++q) {
    for (uint64_t i = 0; i < q % 3; ++i) exclude.push_back(static_cast<uint32_t>((q + i * 7) % rows));
    offsets.push_back(exclude.size());
  }
  std::vector<uint8_t> allowed(rows);
  for (uint8_t& one : allowed) one = generator() % 8 != 0 ? 1 : 0;
  for (const uint32_t threads : {1U, 2U, 5U}) {
    wm_search_options options{};
    options.metric = metric;
    options.k = k;
    options.first_row = rows / 10;
    options.last_row = UINT64_MAX;
    options.exclude_offsets = offsets.data();
    options.exclude = exclude.data();
    options.allowed = allowed.data();
    options.threads = threads;
    std::vector<uint32_t> foundRows(queries * k);
    std::vector<float> foundScores(queries * k);
    CHECK_EQUAL(wm_search(table.get(), query.data(), queries, &options, foundRows.data(), foundScores.data(), nullptr),
                WM_OK);
    std::vector<float> all(queries * rows);
    CHECK_EQUAL(wm_scores(table.get(), query.data(), queries, metric, threads, nullptr, all.data(), nullptr), WM_OK);
    for (uint64_t q = 0; q < queries; ++q) {
      std::vector<double> wanted;
      for (uint64_t r = 0; r < rows; ++r) {
        const double s = score(&values[r * columns], &query[q * columns], columns, metric);
        CHECK_NEAR(all[q * rows + r], s, 1e-4);
        const auto begin = exclude.begin() + static_cast<long>(offsets[q]);
        const auto end = exclude.begin() + static_cast<long>(offsets[q + 1]);
        if (r >= options.first_row && allowed[r] != 0 && std::find(begin, end, r) == end) wanted.push_back(s);
      }
      std::sort(wanted.rbegin(), wanted.rend());
      for (uint64_t i = 0; i < k; ++i) {
        const uint32_t row = foundRows[q * k + i];
        if (i >= wanted.size()) {
          CHECK(row == UINT32_MAX && std::isinf(foundScores[q * k + i]));
          continue;
        }
        CHECK_NEAR(foundScores[q * k + i], wanted[i], 1e-4);
        if (CHECK(row < rows))
          CHECK_NEAR(foundScores[q * k + i], score(&values[row * columns], &query[q * columns], columns, metric), 1e-4);
      }
    }
  }
}

void testTies() {
  wm_table* table = nullptr;
  std::vector<float> values(600 * 4, 1.0F);
  CHECK_EQUAL(wm_table_wrap(WM_F32, 600, 4, 16, values.data(), values.size() * 4, &table, nullptr), WM_OK);
  const float query[4] = {1.0F, 0.0F, 0.0F, 0.0F};
  wm_search_options options{};
  options.metric = WM_DOT;
  options.k = 5;
  options.last_row = UINT64_MAX;
  options.threads = 3;
  uint32_t rows[5];
  float scores[5];
  CHECK_EQUAL(wm_search(table, query, 1, &options, rows, scores, nullptr), WM_OK);
  for (uint32_t i = 0; i < 5; ++i) CHECK_EQUAL(rows[i], i);
  wm_table_release(table);
}

/// Signed bytes and their scales, together and apart.
void testScaled() {
  std::vector<float> values;
  const TableHandle bytes = makeTable(WM_I8, 40, 7, values);
  std::vector<int8_t> whole(3 * 7);
  std::vector<float> scales(3);
  CHECK_EQUAL(wm_table_read_scaled(bytes.get(), 5, 3, whole.data(), scales.data(), nullptr), WM_OK);
  for (uint64_t i = 0; i < whole.size(); ++i) {
    CHECK_NEAR(values[5 * 7 + i], static_cast<double>(scales[i / 7]) * whole[i], 1e-6);
  }
  // The same from numbers that were never bytes, and each half alone.
  wm_table* made = nullptr;
  CHECK_EQUAL(wm_table_create(WM_F32, 40, 7, &made, nullptr), WM_OK);
  const TableHandle floats(made);
  CHECK_EQUAL(wm_table_write(made, 0, 40, WM_F32, values.data(), values.size() * sizeof(float), nullptr), WM_OK);
  std::vector<int8_t> converted(3 * 7);
  std::vector<float> theirs(3);
  CHECK_EQUAL(wm_table_read_scaled(made, 5, 3, converted.data(), nullptr, nullptr), WM_OK);
  CHECK_EQUAL(wm_table_read_scaled(made, 5, 3, nullptr, theirs.data(), nullptr), WM_OK);
  CHECK(converted == whole);
  for (uint64_t i = 0; i < 3; ++i) CHECK_NEAR(theirs[i], scales[i], 1e-8);
  // Back into both kinds of table, more rows than are handled at a time.
  std::vector<int8_t> all(40 * 7);
  std::vector<float> allScales(40);
  CHECK_EQUAL(wm_table_read_scaled(made, 0, 40, all.data(), allScales.data(), nullptr), WM_OK);
  for (float& scale : allScales) scale *= 2.0F;
  for (wm_table* const table : {made, bytes.get()}) {
    CHECK_EQUAL(wm_table_write_scaled(table, 0, 40, all.data(), allScales.data(), nullptr), WM_OK);
    std::vector<float> now(values.size());
    CHECK_EQUAL(wm_table_read(table, 0, 40, WM_F32, now.data(), now.size() * sizeof(float), nullptr), WM_OK);
    for (uint64_t i = 0; i < now.size(); ++i) CHECK_NEAR(now[i], 2.0 * values[i], 1e-6);
  }
  wm_error error{};
  CHECK_EQUAL(wm_table_read_scaled(made, 38, 3, all.data(), nullptr, &error), WM_ERR_OPTION);
  CHECK_EQUAL(wm_table_write_scaled(made, 38, 3, all.data(), allScales.data(), &error), WM_ERR_OPTION);
  CHECK_EQUAL(wm_table_write_scaled(made, 0, 1, nullptr, allScales.data(), &error), WM_ERR_OPTION);
}

/// Types whose rows are blocks are read and converted, and neither made nor written.
void testBlocksAreRead() {
  std::vector<float> values;
  std::vector<unsigned char> memory;
  const TableHandle table = makeBlocks(WM_Q4_0, 10, 64, memory, values);
  std::vector<unsigned char> raw(2 * 36);
  CHECK_EQUAL(wm_table_read(table.get(), 4, 2, WM_Q4_0, raw.data(), raw.size(), nullptr), WM_OK);
  CHECK(std::memcmp(raw.data(), memory.data() + 4 * 36, raw.size()) == 0);
  wm_table* other = nullptr;
  CHECK_EQUAL(wm_table_create(WM_F32, 10, 64, &other, nullptr), WM_OK);
  const TableHandle floats(other);
  CHECK_EQUAL(wm_table_write(other, 0, 2, WM_Q4_0, raw.data(), raw.size(), nullptr), WM_OK);
  std::vector<float> read(64);
  CHECK_EQUAL(wm_table_read(other, 1, 1, WM_F32, read.data(), 256, nullptr), WM_OK);
  CHECK(std::memcmp(read.data(), &values[5 * 64], 256) == 0);
  wm_error error{};
  CHECK_EQUAL(wm_table_read(other, 0, 2, WM_Q4_0, raw.data(), raw.size(), &error), WM_ERR_OPTION);
  wm_table* none = nullptr;
  for (const wm_dtype dtype : {WM_Q8_0, WM_Q4_0}) {
    CHECK_EQUAL(wm_table_create(dtype, 2, 64, &none, &error), WM_ERR_OPTION);
    CHECK_EQUAL(wm_table_wrap(dtype, 2, 63, 100, raw.data(), raw.size(), &none, &error), WM_ERR_OPTION);
    CHECK(std::strstr(error.text, "63 columns") != nullptr);
    CHECK_EQUAL(wm_row_bytes(dtype, 63), 0U);
  }
  CHECK_EQUAL(wm_table_wrap(WM_Q4_0, 2, 64, 35, raw.data(), raw.size(), &none, &error), WM_ERR_OPTION);
  CHECK_EQUAL(wm_table_wrap(WM_Q4_0, 2, 64, 36, raw.data(), raw.size() - 1, &none, &error), WM_ERR_TRUNCATED);
  CHECK(none == nullptr);
  CHECK_EQUAL(wm_row_bytes(WM_I8, 100), 104U);
  CHECK_EQUAL(wm_row_bytes(WM_F32, 0), 0U);
  CHECK_EQUAL(wm_row_bytes(WM_F32, UINT64_MAX / 2), 0U);
}

void testWrongArguments() {
  std::vector<float> values;
  const TableHandle table = makeTable(WM_F32, 10, 3, values);
  wm_error error{};
  float out[30];
  const uint32_t ids[2] = {3, 10};
  CHECK_EQUAL(wm_table_gather(table.get(), ids, 2, out, 1, &error), WM_ERR_OPTION);
  CHECK(std::strstr(error.text, "row 10") != nullptr);
  CHECK_EQUAL(wm_table_gather(table.get(), ids, 1, out, 1, &error), WM_OK);
  CHECK(std::memcmp(out, &values[9], 3 * sizeof(float)) == 0);
  CHECK_EQUAL(wm_table_read(table.get(), 8, 3, WM_F32, out, 36, &error), WM_ERR_OPTION);
  CHECK_EQUAL(wm_table_read(table.get(), 8, 2, WM_F32, out, 20, &error), WM_ERR_OPTION);
  wm_table* other = nullptr;
  CHECK_EQUAL(wm_table_create(WM_F32, 1ULL << 31U, 1ULL << 20U, &other, &error), WM_ERR_MEMORY);
  CHECK_EQUAL(wm_table_create(WM_F32, 1, 0, &other, &error), WM_ERR_OPTION);
  CHECK_EQUAL(wm_table_wrap(WM_F32, 10, 3, 12, values.data(), 119, &other, &error), WM_ERR_TRUNCATED);
  CHECK_EQUAL(wm_table_wrap(WM_F32, 10, 3, 11, values.data(), 120, &other, &error), WM_ERR_OPTION);
  CHECK_EQUAL(wm_table_wrap(WM_F32, UINT32_MAX - 1ULL, 3, UINT64_MAX / 4, values.data(), 120, &other, &error),
              WM_ERR_MEMORY);
  CHECK_EQUAL(wm_table_map("/nowhere/at-all", 0, WM_F32, 1, 1, 4, &other, &error), WM_ERR_IO);
  CHECK(other == nullptr);
  const float bad[3] = {0.0F, std::nanf(""), 0.0F};
  wm_search_options options{};
  options.k = 1;
  uint32_t row = 0;
  float best = 0.0F;
  CHECK_EQUAL(wm_search(table.get(), bad, 1, &options, &row, &best, &error), WM_ERR_OPTION);
  int64_t first = 0;
  CHECK_EQUAL(wm_table_first_not_finite(table.get(), 2, &first, &error), WM_OK);
  CHECK_EQUAL(first, -1);
  CHECK_EQUAL(wm_table_write(table.get(), 7, 1, WM_F32, bad, 12, &error), WM_OK);
  CHECK_EQUAL(wm_table_first_not_finite(table.get(), 2, &first, &error), WM_OK);
  CHECK_EQUAL(first, 7);
}

}  // namespace

int main() {
  for (const wm_dtype dtype : {WM_F32, WM_F16, WM_BF16, WM_I8}) {
    for (const wm_metric metric : {WM_COSINE, WM_DOT}) {
      testSearch(dtype, metric, 700, 37, 3, 5);
      testSearch(dtype, metric, 533, 100, 19, 4);
    }
  }
  for (const wm_dtype dtype : {WM_Q8_0, WM_Q4_0}) {
    for (const wm_metric metric : {WM_COSINE, WM_DOT}) {
      testSearch(dtype, metric, 700, 64, 3, 5);
      testSearch(dtype, metric, 533, 96, 19, 4);
    }
  }
  testSearch(WM_F32, WM_COSINE, 300, 16, 300, 2);
  testSearch(WM_F32, WM_COSINE, 4, 8, 2, 10);
  testTies();
  testScaled();
  testBlocksAreRead();
  testWrongArguments();
  return checkResult();
}
