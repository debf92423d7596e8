// Search on a device against the processor's. Products of small whole numbers are exact, so rows must be the same where
// scores are equal, too; real numbers may differ in the last digits.

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "backends.h"
#include "check.h"

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
/// Of scores of vectors with numbers up to 1, of up to 130 columns.
constexpr double kTolerance = 1e-5;

struct TableDeleter {
  void operator()(wm_table* table) const { wm_table_release(table); }
};
using TableHandle = std::unique_ptr<wm_table, TableDeleter>;

TableHandle makeTable(wm_dtype dtype, uint64_t rows, uint64_t columns, const std::vector<float>& values) {
  wm_table* table = nullptr;
  CHECK_EQUAL(wm_table_create(dtype, rows, columns, &table, nullptr), WM_OK);
  CHECK_EQUAL(wm_table_write(table, 0, rows, WM_F32, values.data(), values.size() * sizeof(float), nullptr), WM_OK);
  return TableHandle(table);
}

/// Whole numbers in -range .. range.
std::vector<float> wholeNumbers(uint64_t count, int range, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_int_distribution<int> uniform(-range, range);
  std::vector<float> out(count);
  for (float& value : out) value = static_cast<float>(uniform(generator));
  return out;
}

std::vector<float> realNumbers(uint64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1.0F, 1.0F);
  std::vector<float> out(count);
  for (float& value : out) value = uniform(generator);
  return out;
}

struct Found {
  std::vector<uint32_t> rows;
  std::vector<float> scores;
};

Found search(const wm_table* table, const std::vector<float>& queries, uint64_t n, wm_search_options options,
             const wm_device* device) {
  options.device = device;
  Found found{std::vector<uint32_t>(n * options.k, 1234), std::vector<float>(n * options.k, kNaN)};
  wm_error error{};
  if (!CHECK_EQUAL(wm_search(table, queries.data(), n, &options, found.rows.data(), found.scores.data(), &error),
                   WM_OK)) {
    std::fprintf(stderr, "%s\n", error.text);
  }
  return found;
}

wm_search_options optionsFor(wm_metric metric, uint32_t k) {
  wm_search_options options{};
  options.metric = metric;
  options.k = k;
  options.last_row = UINT64_MAX;
  options.threads = 1;
  return options;
}

void checkSame(const TestedDevice& tested, const wm_table* table, const std::vector<float>& queries, uint64_t n,
               const wm_search_options& options) {
  const Found expected = search(table, queries, n, options, nullptr);
  const Found found = search(table, queries, n, options, tested.device);
  CHECK(found.rows == expected.rows);
  CHECK(found.scores == expected.scores);
}

/// What is excluded: for query q, q % 4 rows.
struct Excluded {
  Excluded(uint64_t n, uint64_t tableRows) : offsets{0} {
    for (uint64_t q = 0; q < n; ++q) {
      for (uint64_t i = 0; i < q % 4; ++i) rows.push_back(static_cast<uint32_t>((q * 5 + i * 11) % tableRows));
      offsets.push_back(rows.size());
    }
  }

  std::vector<uint64_t> offsets;
  std::vector<uint32_t> rows;
};

void testWhole(const TestedDevice& tested, uint64_t rows, uint64_t columns, uint64_t n, uint32_t k) {
  const TableHandle table = makeTable(WM_F32, rows, columns, wholeNumbers(rows * columns, 2, 1));
  const std::vector<float> queries = wholeNumbers(n * columns, 2, 2);
  checkSame(tested, table.get(), queries, n, optionsFor(WM_DOT, k));
  wm_search_options options = optionsFor(WM_DOT, k);
  const Excluded excluded(n, rows);
  options.exclude_offsets = excluded.offsets.data();
  options.exclude = excluded.rows.data();
  std::vector<uint8_t> allowed(rows);
  for (uint64_t row = 0; row < rows; ++row) allowed[row] = row % 3 != 1 ? 1 : 0;
  options.allowed = allowed.data();
  options.first_row = rows / 5;
  options.last_row = rows - rows / 7;
  checkSame(tested, table.get(), queries, n, options);
}

/// Rows whose scores are near each other may change places, so each is compared by what its score should be.
void testReal(const TestedDevice& tested, wm_dtype dtype, wm_metric metric, uint64_t rows, uint64_t columns, uint64_t n,
              uint32_t k) {
  std::vector<float> values = realNumbers(rows * columns, 3);
  std::fill_n(values.begin() + static_cast<int64_t>(rows / 2 * columns), columns, 0.0F);
  const TableHandle table = makeTable(dtype, rows, columns, values);
  const std::vector<float> queries = realNumbers(n * columns, 4);
  std::vector<float> all(n * rows);
  CHECK_EQUAL(wm_scores(table.get(), queries.data(), n, metric, 1, nullptr, all.data(), nullptr), WM_OK);
  const Found found = search(table.get(), queries, n, optionsFor(metric, k), tested.device);
  const Found expected = search(table.get(), queries, n, optionsFor(metric, k), nullptr);
  for (uint64_t i = 0; i < n * k; ++i) {
    if (!CHECK(found.rows[i] < rows) || !CHECK_NEAR(found.scores[i], expected.scores[i], kTolerance) ||
        !CHECK_NEAR(found.scores[i], all[i / k * rows + found.rows[i]], kTolerance)) {
      return;
    }
    if (i % k > 0) CHECK(found.scores[i] <= found.scores[i - 1]);
  }
  for (uint64_t q = 0; q < n; ++q) {
    std::vector<uint32_t> distinct(found.rows.begin() + static_cast<int64_t>(q * k),
                                   found.rows.begin() + static_cast<int64_t>((q + 1) * k));
    std::sort(distinct.begin(), distinct.end());
    CHECK(std::adjacent_find(distinct.begin(), distinct.end()) == distinct.end());
  }
}

void testSizes(const TestedDevice& tested) {
  testWhole(tested, 1, 1, 1, 1);
  testWhole(tested, 5, 3, 2, 4);
  testWhole(tested, 33, 13, 1, 33);
  testWhole(tested, 129, 31, 7, 10);
  testWhole(tested, 2100, 8, 3, 200);
  testWhole(tested, 700, 37, 65, 11);
  // Large tiles of the product.
  testWhole(tested, 8300, 9, 129, 3);
  testReal(tested, WM_F32, WM_COSINE, 300, 130, 33, 10);
  testReal(tested, WM_F32, WM_DOT, 257, 100, 70, 257);
  testReal(tested, WM_F16, WM_COSINE, 100, 30, 5, 20);
  testReal(tested, WM_I8, WM_DOT, 60, 33, 9, 60);
}

/// Lists that are sorted in shared memory in one way, in another, and not at all.
void testManyResults(const TestedDevice& tested) {
  testWhole(tested, 3000, 5, 2, 256);
  testWhole(tested, 3000, 5, 9, 257);
  testWhole(tested, 4200, 5, 2, 1024);
  testWhole(tested, 3000, 5, 3, 1025);
  testWhole(tested, 1500, 4, 2, 1500);
  testWhole(tested, 1100, 4, 1, 1300);  // more than there are
}

/// More queries than are multiplied at a time, and more rows than a chunk.
void testManyQueries(const TestedDevice& tested) {
  constexpr uint64_t n = 1025;
  constexpr uint64_t rows = 4500;
  constexpr uint64_t columns = 4;
  constexpr uint32_t k = 3;
  const std::vector<float> values = wholeNumbers(rows * columns, 30, 5);
  const std::vector<float> queries = wholeNumbers(n * columns, 30, 6);
  const TableHandle table = makeTable(WM_F32, rows, columns, values);
  wm_search_options options = optionsFor(WM_DOT, k);
  const Excluded excluded(n, rows);
  options.exclude_offsets = excluded.offsets.data();
  options.exclude = excluded.rows.data();
  checkSame(tested, table.get(), queries, n, options);

  // The module by itself is given all queries at once, with scales that are powers of two, so that they are exact.
  std::vector<float> scaled = values;
  std::vector<float> scales(rows);
  for (uint64_t row = 0; row < rows; ++row) {
    scales[row] = row % 2 == 0 ? 0.5F : 2.0F;
    for (uint64_t c = 0; c < columns; ++c) scaled[row * columns + c] *= scales[row];
  }
  const TableHandle scaledTable = makeTable(WM_F32, rows, columns, scaled);
  const Found expected = search(scaledTable.get(), queries, n, options, nullptr);
  std::vector<float> wide = values;
  const wm_backend_rows described{wide.data(), rows, columns, columns};
  wm_backend_index* index = nullptr;
  if (!CHECK_EQUAL(tested.calls->index_open(tested.opened, &described, scales.data(), &index, nullptr), WM_OK)) return;
  wm_backend_query query{};
  query.queries = queries.data();
  query.n = n;
  query.scaled = 1;
  query.k = k;
  query.last_row = UINT64_MAX;
  query.exclude_offsets = excluded.offsets.data();
  query.exclude = excluded.rows.data();
  Found found{std::vector<uint32_t>(n * k), std::vector<float>(n * k)};
  CHECK_EQUAL(tested.calls->index_search(index, &query, found.rows.data(), found.scores.data(), nullptr), WM_OK);
  CHECK(found.rows == expected.rows);
  CHECK(found.scores == expected.scores);
  tested.calls->index_close(index);
}

void testNumbersThatAreNone(const TestedDevice& tested) {
  const std::vector<float> values = {1.0F, kNaN, kInfinity, 2.0F, -kInfinity, 2.0F, -0.0F, 0.0F, -5.0F};
  const TableHandle table = makeTable(WM_F32, values.size(), 1, values);
  for (const float query : {1.0F, -1.0F, 0.0F}) {
    for (const uint32_t k : {3U, 9U}) checkSame(tested, table.get(), {query}, 1, optionsFor(WM_DOT, k));
  }
  const Found found = search(table.get(), {1.0F}, 1, optionsFor(WM_DOT, 9), tested.device);
  CHECK(found.rows == std::vector<uint32_t>({2, 3, 5, 0, 6, 7, 8, UINT32_MAX, UINT32_MAX}));
  CHECK_EQUAL(found.scores[8], -kInfinity);
  const Found cosine = search(table.get(), {3.0F}, 1, optionsFor(WM_COSINE, 3), tested.device);
  CHECK_EQUAL(cosine.rows[0], 0U);
  CHECK_EQUAL(cosine.scores[0], 1.0F);
}

void testNothing(const TestedDevice& tested) {
  const TableHandle empty = makeTable(WM_F32, 0, 5, {});
  const Found found = search(empty.get(), std::vector<float>(10, 1.0F), 2, optionsFor(WM_COSINE, 2), tested.device);
  CHECK(found.rows == std::vector<uint32_t>(4, UINT32_MAX));
  CHECK(found.scores == std::vector<float>(4, -kInfinity));
  const TableHandle table = makeTable(WM_F32, 10, 5, std::vector<float>(50, 1.0F));
  search(table.get(), {}, 0, optionsFor(WM_DOT, 2), tested.device);
  wm_search_options none = optionsFor(WM_DOT, 2);
  none.first_row = 7;
  none.last_row = 3;
  checkSame(tested, table.get(), std::vector<float>(5, 1.0F), 1, none);
}

/// The copy on the device follows the table.
void testChangedTable(const TestedDevice& tested) {
  std::vector<float> values = wholeNumbers(20 * 6, 3, 7);
  const TableHandle table = makeTable(WM_F32, 20, 6, values);
  const std::vector<float> queries = wholeNumbers(2 * 6, 3, 8);
  checkSame(tested, table.get(), queries, 2, optionsFor(WM_DOT, 5));
  const std::vector<float> row(6, 100.0F);
  CHECK_EQUAL(wm_table_write(table.get(), 13, 1, WM_F32, row.data(), 6 * sizeof(float), nullptr), WM_OK);
  checkSame(tested, table.get(), queries, 2, optionsFor(WM_DOT, 5));
  const Found found = search(table.get(), std::vector<float>(6, 1.0F), 1, optionsFor(WM_DOT, 1), tested.device);
  CHECK_EQUAL(found.rows[0], 13U);
  CHECK_EQUAL(found.scores[0], 600.0F);
}

void testRefusals(const TestedDevice& tested) {
  const TableHandle table = makeTable(WM_F32, 4, 2, std::vector<float>(8, 1.0F));
  std::vector<float> query = {1.0F, kNaN};
  uint32_t row = 0;
  float score = 0.0F;
  wm_search_options options = optionsFor(WM_DOT, 1);
  options.device = tested.device;
  CHECK_EQUAL(wm_search(table.get(), query.data(), 1, &options, &row, &score, nullptr), WM_ERR_OPTION);
  query[1] = 1.0F;
  options.k = 0;
  CHECK_EQUAL(wm_search(table.get(), query.data(), 1, &options, &row, &score, nullptr), WM_ERR_OPTION);
  options.k = 1;
  wm_signal* signal = nullptr;
  CHECK_EQUAL(wm_signal_create(&signal, nullptr), WM_OK);
  wm_signal_raise(signal);
  options.signal = signal;
  CHECK_EQUAL(wm_search(table.get(), query.data(), 1, &options, &row, &score, nullptr), WM_ERR_CANCELLED);
  wm_signal_release(signal);
}

}  // namespace

void testSearch(const TestedDevice& tested) {
  testSizes(tested);
  testManyResults(tested);
  testManyQueries(tested);
  testNumbersThatAreNone(tested);
  testNothing(tested);
  testChangedTable(tested);
  testRefusals(tested);
}
