// The 16-byte records of GloVe's programs: into a matrix and out of it, sorted and shuffled, and what they cannot be.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "corpus_fixture.h"

namespace {

struct Record {
  int32_t row;
  int32_t column;
  double count;
};
static_assert(sizeof(Record) == 16, "as cooccur writes it");

bool operator<(const Record& a, const Record& b) {
  return std::tie(a.row, a.column, a.count) < std::tie(b.row, b.column, b.count);
}
bool operator==(const Record& a, const Record& b) {
  return std::tie(a.row, a.column, a.count) == std::tie(b.row, b.column, b.count);
}

std::vector<Record> randomRecords(int32_t rows, size_t count, bool symmetric) {
  std::mt19937 generator(9);
  std::map<std::pair<int32_t, int32_t>, double> counts;
  while (counts.size() < count) {
    const auto a = static_cast<int32_t>(generator() % static_cast<uint32_t>(rows)) + 1;
    const auto b = static_cast<int32_t>(generator() % static_cast<uint32_t>(rows)) + 1;
    const double value = (generator() % 1000 + 1) / 7.0;
    counts[{a, b}] = value;
    if (symmetric) counts[{b, a}] = value;
  }
  std::vector<Record> records;
  for (const auto& [pair, value] : counts) records.push_back({pair.first, pair.second, value});
  return records;
}

Owned<wm_records> push(const std::vector<Record>& records, const wm_storage& storage = {}, size_t piece = 1000) {
  wm_records* made = nullptr;
  CHECK_EQUAL(wm_records_create(&storage, &made, nullptr), WM_OK);
  const auto* bytes = reinterpret_cast<const uint8_t*>(records.data());
  const size_t length = records.size() * sizeof(Record);
  for (size_t at = 0; at < length; at += piece) {
    CHECK_EQUAL(wm_records_append(made, bytes + at, std::min(piece, length - at), nullptr), WM_OK);
  }
  CHECK_EQUAL(wm_records_size(made), records.size());
  return Owned<wm_records>(made);
}

Owned<wm_cooccurrence> matrixOf(const Owned<wm_records>& records, uint64_t rows, uint32_t threads = 2) {
  wm_cooccurrence* matrix = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_records_matrix(records.get(), rows, threads, nullptr, nullptr, &matrix, &error), WM_OK);
  return Owned<wm_cooccurrence>(matrix);
}

std::vector<Record> readAll(wm_record_reader* reader, size_t capacity = 4096) {
  const Owned<wm_record_reader> owned(reader);
  std::vector<Record> all;
  std::vector<Record> buffer(capacity / sizeof(Record));
  for (;;) {
    uint64_t bytes = 0;
    CHECK_EQUAL(
        wm_record_reader_read(reader, reinterpret_cast<uint8_t*>(buffer.data()), capacity, nullptr, &bytes, nullptr),
        WM_OK);
    if (bytes == 0) return all;
    CHECK_EQUAL(bytes % sizeof(Record), 0U);
    all.insert(all.end(), buffer.begin(), buffer.begin() + static_cast<int64_t>(bytes / sizeof(Record)));
  }
}

std::vector<Record> sorted(const Owned<wm_cooccurrence>& matrix) {
  wm_record_reader* reader = nullptr;
  CHECK_EQUAL(wm_record_reader_sorted(matrix.get(), &reader, nullptr), WM_OK);
  return readAll(reader);
}

void goThroughAMatrix(bool symmetric) {
  const std::vector<Record> records = randomRecords(120, 3000, symmetric);
  std::vector<Record> mixed = records;
  std::shuffle(mixed.begin(), mixed.end(), std::mt19937(4));
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{16}, size_t{100000}}) {
    for (const uint32_t threads : {1U, 3U}) {
      const auto matrix = matrixOf(push(mixed, {}, piece), 120, threads);
      wm_cooccurrence_info info;
      wm_cooccurrence_describe(matrix.get(), &info);
      CHECK_EQUAL(info.symmetric != 0, symmetric);
      CHECK_EQUAL(info.nonzeros, records.size());
      if (symmetric) CHECK(info.stored < records.size());
      CHECK(sorted(matrix) == records);  // a std::map is in that order too
    }
  }
}

void addUpEqualPairs() {
  const auto matrix = matrixOf(push({{1, 2, 0.5}, {2, 1, 1.0}, {1, 2, 0.25}}), 2);
  CHECK((sorted(matrix) == std::vector<Record>{{1, 2, 0.75}, {2, 1, 1.0}}));
}

void areShuffled() {
  const std::vector<Record> records = randomRecords(300, 40000, true);
  const auto pushed = push(records);
  const auto matrix = matrixOf(pushed, 300);
  const auto shuffled = [&](uint64_t seed, uint64_t memory, bool ofMatrix) {
    wm_record_reader* reader = nullptr;
    CHECK_EQUAL(ofMatrix ? wm_record_reader_shuffled(matrix.get(), seed, memory, &reader, nullptr)
                         : wm_record_reader_of_records(pushed.get(), seed, memory, &reader, nullptr),
                WM_OK);
    return readAll(reader);
  };
  for (const bool ofMatrix : {true, false}) {
    for (const uint64_t memory : {uint64_t{1} << 20, uint64_t{1} << 30}) {
      std::vector<Record> some = shuffled(1, memory, ofMatrix);
      CHECK(some == shuffled(1, memory, ofMatrix));
      CHECK(some != shuffled(2, memory, ofMatrix));
      // Neighbours in the result are no neighbours by row: of random pairs one in 300 would be.
      size_t together = 0;
      for (size_t i = 1; i < some.size(); ++i) together += some[i].row == some[i - 1].row;
      CHECK(together < some.size() / 100);
      std::sort(some.begin(), some.end());
      CHECK(some == records);
    }
  }
  wm_record_reader* reader = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_record_reader_shuffled(matrix.get(), 1, 1000, &reader, &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "memory");
}

void goToAFileBeyondTheLimit() {
  const std::vector<Record> records = randomRecords(300, 20000, false);
  wm_storage storage{};
  storage.memory_limit = 100000;
  CHECK(sorted(matrixOf(push(records, storage), 300)) == records);
}

void areRefused() {
  const auto appendError = [](const Record& bad) {
    wm_records* made = nullptr;
    wm_records_create(nullptr, &made, nullptr);
    const Owned<wm_records> records(made);
    const Record all[] = {{1, 1, 1.0}, {2, 1, 0.5}, bad};
    wm_error error{};
    wm_records_append(made, reinterpret_cast<const uint8_t*>(all), sizeof(all), &error);
    return error;
  };
  const double nan = std::nan("");
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Record& bad : {Record{0, 1, 1.0}, Record{1, 0, 1.0}, Record{-5, 1, 1.0}, Record{1, 1, 0.0},
                            Record{1, 1, -1.0}, Record{1, 1, nan}, Record{1, 1, infinity}}) {
    const wm_error error = appendError(bad);
    CHECK_EQUAL(error.code, WM_ERR_FORMAT);
    CHECK_EQUAL(error.offset, 32);
  }
  wm_cooccurrence* matrix = nullptr;
  wm_error error{};
  const auto matrixError = [&](const Owned<wm_records>& records) {
    error = {};
    wm_records_matrix(records.get(), 3, 1, nullptr, nullptr, &matrix, &error);
    CHECK(matrix == nullptr);
    return error.code;
  };
  CHECK_EQUAL(matrixError(push({{1, 2, 1.0}, {1, 4, 1.0}})), WM_ERR_FORMAT);
  CHECK_EQUAL(error.offset, 16);
  CHECK_EQUAL(matrixError(push({})), WM_ERR_CORPUS);
  const auto cut = push({{1, 2, 1.0}});
  const uint8_t half[8] = {1};
  wm_records_append(cut.get(), half, sizeof(half), nullptr);
  CHECK_EQUAL(matrixError(cut), WM_ERR_TRUNCATED);
  CHECK_EQUAL(error.offset, 16);
  wm_record_reader* reader = nullptr;
  CHECK_EQUAL(wm_record_reader_of_records(cut.get(), 1, uint64_t{1} << 20, &reader, &error), WM_ERR_TRUNCATED);
}

}  // namespace

int main() {
  for (const bool symmetric : {true, false}) goThroughAMatrix(symmetric);
  addUpEqualPairs();
  areShuffled();
  goToAFileBeyondTheLimit();
  areRefused();
  return checkResult();
}
