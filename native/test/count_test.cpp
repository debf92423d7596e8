// Co-occurrences: counted as by definition whatever the threads and the memory limit, kept in files, and added up.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "corpus_fixture.h"

namespace {

using Pair = std::pair<uint64_t, uint64_t>;
using Counts = std::map<Pair, double>;

/// Words w0, w1, ... of falling frequency, in lines of very different lengths.
std::string randomText(uint32_t words, size_t lines, uint32_t seed) {
  std::mt19937 generator(seed);
  std::string text;
  for (size_t line = 0; line < lines; ++line) {
    const size_t length = generator() % (line % 50 == 7 ? 400 : 12);
    for (size_t i = 0; i < length; ++i) {
      const double draw = std::generate_canonical<double, 20>(generator);
      text += "w" + std::to_string(static_cast<uint32_t>(std::pow(words, draw)) - 1) + " ";
    }
    text += "\n";
  }
  return text;
}

wm_count_options countOptions(uint32_t windowSize, bool symmetric = true, bool weighting = true) {
  wm_count_options options{};
  options.window_size = windowSize;
  options.symmetric = symmetric;
  options.distance_weighting = weighting;
  options.threads = 1;
  return options;
}

Owned<wm_cooccurrence> count(const Owned<wm_view>& view, const wm_count_options& options) {
  wm_cooccurrence* matrix = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_cooccurrence_count(view.get(), &options, nullptr, &matrix, &error), WM_OK);
  CHECK_EQUAL(std::string(error.text), "");
  return Owned<wm_cooccurrence>(matrix);
}

wm_cooccurrence_info infoOf(const Owned<wm_cooccurrence>& matrix) {
  wm_cooccurrence_info info;
  wm_cooccurrence_describe(matrix.get(), &info);
  return info;
}

/// The sentences of the view as rows.
std::vector<std::vector<uint32_t>> sentencesOf(const Owned<wm_view>& view) {
  wm_view_info info;
  wm_view_describe(view.get(), &info);
  uint64_t n = 0;
  wm_view_read(view.get(), 0, info.segments, nullptr, &n, nullptr);
  std::vector<uint32_t> rows(n);
  CHECK_EQUAL(wm_view_read(view.get(), 0, info.segments, rows.data(), &n, nullptr), WM_OK);
  std::vector<std::vector<uint32_t>> sentences(1);
  for (const uint32_t row : rows) {
    if (row == UINT32_MAX) {
      sentences.emplace_back();
    } else {
      sentences.back().push_back(row);
    }
  }
  return sentences;
}

/// As GloVe's cooccur defines it: each word with those before it, both ways where that is asked for.
Counts countedByDefinition(const Owned<wm_view>& view, const wm_count_options& options) {
  Counts counts;
  for (const std::vector<uint32_t>& sentence : sentencesOf(view)) {
    for (size_t i = 0; i < sentence.size(); ++i) {
      for (size_t d = 1; d <= options.window_size && d <= i; ++d) {
        const double weight = options.distance_weighting != 0 ? 1.0 / static_cast<double>(d) : 1.0;
        counts[{sentence[i - d], sentence[i]}] += weight;
        if (options.symmetric != 0) counts[{sentence[i], sentence[i - d]}] += weight;
      }
    }
  }
  return counts;
}

Counts countsOf(const Owned<wm_cooccurrence>& matrix) {
  Counts counts;
  for (uint64_t row = 0; row < infoOf(matrix).rows; ++row) {
    uint64_t n = 0;
    wm_cooccurrence_row(matrix.get(), row, nullptr, nullptr, &n, nullptr);
    std::vector<uint32_t> columns(n);
    std::vector<double> values(n);
    CHECK_EQUAL(wm_cooccurrence_row(matrix.get(), row, columns.data(), values.data(), &n, nullptr), WM_OK);
    CHECK(std::is_sorted(columns.begin(), columns.end()));
    for (size_t i = 0; i < n; ++i) counts[{row, columns[i]}] = values[i];
  }
  return counts;
}

std::vector<uint8_t> bytesOf(const Owned<wm_cooccurrence>& matrix) {
  const wm_cooccurrence_info info = infoOf(matrix);
  const uint64_t sizes[] = {(info.rows + 1) * 8, info.stored * 4, info.stored * 8};
  std::vector<uint8_t> bytes(sizes[0] + sizes[1] + sizes[2]);
  uint8_t* out = bytes.data();
  for (int part = 0; part < 3; ++part) {
    CHECK_EQUAL(
        wm_cooccurrence_read(matrix.get(), static_cast<wm_cooccurrence_part>(part), 0, out, sizes[part], nullptr),
        WM_OK);
    out += sizes[part];
  }
  return bytes;
}

void checkSame(const Counts& actual, const Counts& expected, double tolerance) {
  if (!CHECK_EQUAL(actual.size(), expected.size())) return;
  auto wanted = expected.begin();
  for (const auto& [pair, value] : actual) {
    CHECK(pair == wanted->first);
    CHECK_NEAR(value, wanted->second, tolerance * wanted->second);
    ++wanted;
  }
}

void countsAsDefined() {
  const auto corpus = corpusOf(randomText(200, 300, 1));
  wm_view_options pruned = viewOptions();
  pruned.min_count = 3;  // rare words go before distances are counted
  const auto view = viewOf(corpus, pruned);
  for (const uint32_t windowSize : {1U, 2U, 5U, 15U, 22U, 30U, 1000U}) {
    for (const bool symmetric : {true, false}) {
      for (const bool weighting : {true, false}) {
        const wm_count_options options = countOptions(windowSize, symmetric, weighting);
        const auto matrix = count(view, options);
        checkSame(countsOf(matrix), countedByDefinition(view, options), windowSize > 22 ? 1e-5 : 1e-12);
        const wm_cooccurrence_info info = infoOf(matrix);
        CHECK_EQUAL(info.symmetric != 0, symmetric);
        CHECK_EQUAL(info.nonzeros, countsOf(matrix).size());
      }
    }
  }
}

void isExact() {
  const auto view = viewOf(corpusOf("a b c a b c a"));
  const auto matrix = count(view, countOptions(3));
  double value = 0.0;
  CHECK_EQUAL(wm_cooccurrence_at(matrix.get(), 0, 1, &value, nullptr), WM_OK);
  CHECK_EQUAL(value, 1.0 + 0.5 + 1.0 + 0.5);  // a b, b c a, a b, b c a
  CHECK_EQUAL(wm_cooccurrence_at(matrix.get(), 0, 0, &value, nullptr), WM_OK);
  CHECK_EQUAL(value, 2 * (1.0 / 3 + 1.0 / 3));  // both ways, as GloVe counts a word with itself
  const wm_cooccurrence_info info = infoOf(matrix);
  CHECK_EQUAL(info.unit, 6.0);
  wm_error error{};
  CHECK_EQUAL(wm_cooccurrence_at(matrix.get(), 3, 0, &value, &error), WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "row");
}

void isTheSameForAnyThreadsAndMemory() {
  const auto corpus = corpusOf(randomText(3000, 6000, 2));
  const auto view = viewOf(corpus);
  wm_view_info about;
  wm_view_describe(view.get(), &about);
  wm_count_options options = countOptions(15);
  const std::vector<uint8_t> wanted = bytesOf(count(view, options));
  // The least limit is said by the error for a smaller one.
  options.storage.memory_limit = 1;
  wm_cooccurrence* none = nullptr;
  wm_error error{};
  for (const uint32_t threads : {1U, 2U, 3U, 7U}) {
    options.threads = threads;
    options.storage.memory_limit = 1;
    CHECK_EQUAL(wm_cooccurrence_count(view.get(), &options, nullptr, &none, &error), WM_ERR_OPTION);
    CHECK_EQUAL(std::string(error.option), "memoryLimit");
    CHECK(none == nullptr);
    const std::string text = error.text;
    const uint64_t least = std::stoull(text.substr(text.find("at least ") + 9));
    for (const uint64_t limit : {uint64_t{0}, least, least + 100000, least * 3, uint64_t{1} << 40}) {
      options.storage.memory_limit = limit;
      const auto matrix = count(view, options);
      CHECK(bytesOf(matrix) == wanted);
      if (limit == least) CHECK_EQUAL(infoOf(matrix).spilled, 1);
    }
  }
}

void reportsProgressAndStops() {
  const auto view = viewOf(corpusOf(randomText(3000, 3000, 3)));
  wm_view_info about;
  wm_view_describe(view.get(), &about);
  wm_signal* made = nullptr;
  wm_signal_create(&made, nullptr);
  const Owned<wm_signal> signal(made);
  const wm_count_options options = countOptions(10);
  wm_cooccurrence* matrix = nullptr;
  CHECK_EQUAL(wm_cooccurrence_count(view.get(), &options, signal.get(), &matrix, nullptr), WM_OK);
  CHECK_EQUAL(wm_signal_done(signal.get()), about.tokens);
  wm_cooccurrence_release(matrix);
  matrix = nullptr;
  wm_signal_raise(signal.get());
  CHECK_EQUAL(wm_cooccurrence_count(view.get(), &options, signal.get(), &matrix, nullptr), WM_ERR_CANCELLED);
  CHECK(matrix == nullptr);
}

void refusesOptions() {
  const auto view = viewOf(corpusOf("a b c"));
  wm_cooccurrence* matrix = nullptr;
  wm_error error{};
  for (const uint32_t windowSize : {0U, 65536U}) {
    const wm_count_options options = countOptions(windowSize);
    CHECK_EQUAL(wm_cooccurrence_count(view.get(), &options, nullptr, &matrix, &error), WM_ERR_OPTION);
    CHECK_EQUAL(std::string(error.option), "windowSize");
  }
}

/// In a process of its own, whose files may not grow: a full disk in the middle of a spill.
void survivesAFullDisk() {
  const pid_t child = fork();
  if (child == 0) {
    const auto view = viewOf(corpusOf(randomText(3000, 6000, 2)));
    wm_count_options options = countOptions(15);
    options.storage.memory_limit = 1500000;
    const struct rlimit limit = {uint64_t{16} << 20, uint64_t{16} << 20};
    CHECK_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
    wm_cooccurrence* matrix = nullptr;
    wm_error error{};
    CHECK_EQUAL(wm_cooccurrence_count(view.get(), &options, nullptr, &matrix, &error), WM_ERR_IO);
    CHECK_EQUAL(error.system, EFBIG);
    CHECK(std::string(error.text).find("co-occurrences") != std::string::npos);
    options.storage.memory_limit = 0;
    CHECK_EQUAL(wm_cooccurrence_count(view.get(), &options, nullptr, &matrix, &error), WM_OK);
    wm_cooccurrence_release(matrix);
    _exit(checkResult());
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void addsUp() {
  const std::string first = randomText(300, 200, 4);
  const std::string second = randomText(300, 100, 5);
  const auto both = viewOf(corpusOf(first + second));
  wm_view_options options = viewOptions();
  options.vocabulary = wm_view_keys(both.get());
  const auto firstView = viewOf(corpusOf(first), options);
  const auto secondView = viewOf(corpusOf(second), options);
  for (const bool symmetric : {true, false}) {
    const wm_count_options rules = countOptions(6, symmetric);
    const auto a = count(firstView, rules);
    const auto b = count(secondView, rules);
    wm_cooccurrence* sum = nullptr;
    CHECK_EQUAL(wm_cooccurrence_add(a.get(), b.get(), nullptr, nullptr, &sum, nullptr), WM_OK);
    CHECK(bytesOf(Owned<wm_cooccurrence>(sum)) == bytesOf(count(both, rules)));
    // Of different kinds: both as counts, of the whole matrix.
    const wm_count_options others = countOptions(3, true, false);
    const auto flat = count(secondView, others);
    CHECK_EQUAL(wm_cooccurrence_add(a.get(), flat.get(), nullptr, nullptr, &sum, nullptr), WM_OK);
    Counts wanted = countedByDefinition(firstView, rules);
    for (const auto& [pair, value] : countedByDefinition(secondView, others)) wanted[pair] += value;
    checkSame(countsOf(Owned<wm_cooccurrence>(sum)), wanted, 1e-12);
  }
  const auto other = count(viewOf(corpusOf("a b")), countOptions(2));
  wm_cooccurrence* sum = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_cooccurrence_add(count(both, countOptions(2)).get(), other.get(), nullptr, nullptr, &sum, &error),
              WM_ERR_OPTION);
  CHECK_EQUAL(std::string(error.option), "other");
}

void comesBackFromAFile() {
  const auto matrix = count(viewOf(corpusOf(randomText(200, 100, 6))), countOptions(5));
  const wm_cooccurrence_info info = infoOf(matrix);
  const std::vector<uint8_t> bytes = bytesOf(matrix);
  char path[] = "/tmp/wordmill-count-XXXXXX";
  const int descriptor = mkstemp(path);
  const auto write = [&](const std::vector<uint8_t>& content) {
    CHECK_EQUAL(ftruncate(descriptor, 0), 0);
    CHECK_EQUAL(pwrite(descriptor, "xyz", 3, 0), 3);  // parts begin at odd bytes
    CHECK_EQUAL(pwrite(descriptor, content.data(), content.size(), 3), static_cast<ssize_t>(content.size()));
  };
  wm_cooccurrence_file file{};
  file.path = path;
  file.rows = info.rows;
  file.stored = info.stored;
  file.symmetric = 1;
  file.unit = info.unit;
  file.offsets_at = 3;
  file.columns_at = 3 + (info.rows + 1) * 8;
  file.values_at = file.columns_at + info.stored * 4;
  const auto load = [&](wm_error& error) {
    wm_cooccurrence* loaded = nullptr;
    wm_cooccurrence_load(&file, nullptr, nullptr, &loaded, &error);
    return Owned<wm_cooccurrence>(loaded);
  };
  wm_error error{};
  write(bytes);
  CHECK(bytesOf(load(error)) == bytes);

  const auto complains = [&](uint64_t at, std::vector<uint8_t> bad, int code) {
    std::vector<uint8_t> spoiled = bytes;
    std::copy(bad.begin(), bad.end(), spoiled.begin() + static_cast<int64_t>(at));
    write(spoiled);
    error = {};
    CHECK(load(error) == nullptr);
    CHECK_EQUAL(error.code, code);
    CHECK(error.offset >= 0);
  };
  const std::vector<uint8_t> nan = {0, 0, 0, 0, 0, 0, 0xf8, 0x7f};
  complains(0, {1, 0, 0, 0, 0, 0, 0, 0}, WM_ERR_FORMAT);
  complains(8 * info.rows, {0, 0, 0, 0, 0, 0, 0, 1}, WM_ERR_FORMAT);
  complains(file.columns_at - 3, {0xff, 0xff, 0xff, 0x7f}, WM_ERR_FORMAT);
  complains(file.values_at - 3, nan, WM_ERR_FORMAT);
  complains(file.values_at - 3, {0, 0, 0, 0, 0, 0, 0, 0x80}, WM_ERR_FORMAT);
  write({bytes.begin(), bytes.end() - 1});
  CHECK(load(error) == nullptr);
  CHECK_EQUAL(error.code, WM_ERR_TRUNCATED);
  write(bytes);
  file.stored = uint64_t{1} << 62;
  CHECK(load(error) == nullptr);
  CHECK_EQUAL(error.code, WM_ERR_TRUNCATED);
  close(descriptor);
  unlink(path);
}

}  // namespace

int main() {
  countsAsDefined();
  isExact();
  isTheSameForAnyThreadsAndMemory();
  reportsProgressAndStops();
  refusesOptions();
  survivesAFullDisk();
  addsUp();
  comesBackFromAFile();
  return checkResult();
}
