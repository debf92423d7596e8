// Co-occurrences counted on a device: the numbers are the processor's, to the last bit.

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "backends.h"
#include "corpus_fixture.h"

namespace {

/// Words w0, w1, ... of falling frequency, in lines of very different lengths.
std::string randomText(uint32_t words, size_t lines, uint32_t seed) {
  std::mt19937 generator(seed);
  std::string text;
  for (size_t line = 0; line < lines; ++line) {
    const size_t length = generator() % (line % 20 == 7 ? 150 : 12);
    for (size_t i = 0; i < length; ++i) {
      const double draw = std::generate_canonical<double, 20>(generator);
      text += "w" + std::to_string(static_cast<uint32_t>(std::pow(words, draw)) - 1) + " ";
    }
    text += "\n";
  }
  return text;
}

/// A matrix as it is held.
struct Held {
  std::vector<uint64_t> offsets;
  std::vector<uint32_t> columns;
  std::vector<double> values;
};

bool operator==(const Held& a, const Held& b) {
  return a.offsets == b.offsets && a.columns == b.columns && a.values == b.values;
}

template <typename T>
std::vector<T> read(const wm_cooccurrence* matrix, wm_cooccurrence_part part, uint64_t count) {
  std::vector<T> values(count);
  CHECK_EQUAL(
      wm_cooccurrence_read(matrix, part, 0, reinterpret_cast<uint8_t*>(values.data()), count * sizeof(T), nullptr),
      WM_OK);
  return values;
}

Held count(const Owned<wm_view>& view, const wm_count_options& options) {
  wm_cooccurrence* matrix = nullptr;
  wm_error error{};
  CHECK_EQUAL(wm_cooccurrence_count(view.get(), &options, nullptr, &matrix, &error), WM_OK);
  CHECK_EQUAL(std::string(error.text), "");
  const Owned<wm_cooccurrence> owned(matrix);
  if (matrix == nullptr) return {};
  wm_cooccurrence_info info;
  wm_cooccurrence_describe(matrix, &info);
  return {read<uint64_t>(matrix, WM_PART_OFFSETS, info.rows + 1), read<uint32_t>(matrix, WM_PART_COLUMNS, info.stored),
          read<double>(matrix, WM_PART_VALUES, info.stored)};
}

wm_count_options optionsOf(uint32_t window, bool symmetric, bool weighting) {
  wm_count_options options{};
  options.window_size = window;
  options.symmetric = symmetric ? 1 : 0;
  options.distance_weighting = weighting ? 1 : 0;
  options.threads = 1;
  return options;
}

void testAsOnProcessor(const TestedDevice& tested) {
  const Owned<wm_corpus> corpus = corpusOf(randomText(300, 120, 1));
  const Owned<wm_view> view = viewOf(corpus);
  for (const uint32_t window : {1U, 5U, 15U, 40U, 200U}) {
    for (const bool symmetric : {false, true}) {
      wm_count_options options = optionsOf(window, symmetric, window != 40);
      const Held wanted = count(view, options);
      options.device = tested.device;
      CHECK(count(view, options) == wanted);
      options.distance_weighting = options.distance_weighting == 0 ? 1 : 0;
      const Held onDevice = count(view, options);
      options.device = nullptr;
      CHECK(onDevice == count(view, options));
    }
  }
}

/// Of few words: a word beside itself, a vocabulary of one, a text without a pair.
void testSmallTexts(const TestedDevice& tested) {
  for (const char* text : {"a a a b a\n", "a\n", "a\nb\nc\n", "a a\n", "a b\nb a\na b c d e f g h\n"}) {
    const Owned<wm_corpus> corpus = corpusOf(text);
    const Owned<wm_view> view = viewOf(corpus);
    for (const bool symmetric : {false, true}) {
      wm_count_options options = optionsOf(3, symmetric, true);
      const Held wanted = count(view, options);
      options.device = tested.device;
      CHECK(count(view, options) == wanted);
    }
  }
}

/// The entries of a text in pieces of some sentences, with so many pairs sorted at once.
Held countInPieces(const TestedDevice& tested, const std::vector<std::vector<uint32_t>>& pieces,
                   const wm_backend_count& setup) {
  wm_backend_counter* counter = nullptr;
  CHECK_EQUAL(tested.calls->count_begin(tested.opened, &setup, &counter, nullptr), WM_OK);
  for (const std::vector<uint32_t>& piece : pieces) {
    CHECK_EQUAL(tested.calls->count_append(counter, piece.data(), piece.size(), nullptr), WM_OK);
  }
  Held held;
  held.offsets.resize(setup.rows + 1);
  CHECK_EQUAL(tested.calls->count_finish(counter, held.offsets.data(), nullptr), WM_OK);
  held.columns.resize(held.offsets.back());
  held.values.resize(held.offsets.back());
  const uint64_t half = held.columns.size() / 2;
  CHECK_EQUAL(tested.calls->count_read(counter, 0, half, held.columns.data(), held.values.data(), nullptr), WM_OK);
  CHECK_EQUAL(tested.calls->count_read(counter, half, held.columns.size() - half, held.columns.data() + half,
                                       held.values.data() + half, nullptr),
              WM_OK);
  tested.calls->count_release(counter);
  return held;
}

/// However the text comes and whatever is sorted at once, sums of sums are the same. Rows are of 32 bits: keys use all
/// of theirs.
void testPieces(const TestedDevice& tested) {
  std::mt19937 generator(2);
  std::vector<std::vector<uint32_t>> pieces;
  std::vector<uint32_t> whole;
  for (int p = 0; p < 6; ++p) {
    std::vector<uint32_t> piece;
    for (int s = 0; s < 1 + p % 4; ++s) {
      for (uint32_t w = generator() % 40; w > 0; --w) piece.push_back(generator() % 40);
      piece.push_back(UINT32_MAX);
    }
    whole.insert(whole.end(), piece.begin(), piece.end());
    pieces.push_back(piece);
  }
  pieces.emplace_back();
  const std::vector<uint64_t> weights = {0, 12, 6, 4, 3, 3, 2, 2};
  wm_backend_count setup{};
  setup.rows = 40;
  setup.window_size = 7;
  setup.weights = weights.data();
  setup.tokens = whole.size();
  for (const int32_t symmetric : {0, 1}) {
    setup.symmetric = symmetric;
    setup.pairs_at_once = 1 << 20;
    const Held wanted = countInPieces(tested, {whole}, setup);
    CHECK(!wanted.columns.empty());
    for (const uint64_t atOnce : {1, 300, 1000}) {
      setup.pairs_at_once = atOnce;
      CHECK(countInPieces(tested, pieces, setup) == wanted);
      CHECK(countInPieces(tested, {whole}, setup) == wanted);
    }
  }
  setup.pairs_at_once = 0;
  const Held nothing = countInPieces(tested, {}, setup);
  CHECK_EQUAL(nothing.columns.size(), 0U);
  CHECK_EQUAL(nothing.offsets.back(), 0U);
}

/// Sums beyond 32 bits, and rows whose numbers need nearly as many: {n - 1, n - 2} again and again.
void testLargeNumbers(const TestedDevice& tested) {
  constexpr uint64_t rows = 70000;
  std::vector<uint32_t> words;
  for (int i = 0; i < 500; ++i) words.push_back(static_cast<uint32_t>(rows) - 1 - static_cast<uint32_t>(i % 2));
  words.push_back(UINT32_MAX);
  const std::vector<uint64_t> weights = {0, 232792560, 1};
  wm_backend_count setup{rows, 2, 1, weights.data(), words.size(), 0};
  const Held held = countInPieces(tested, {words}, setup);
  CHECK_EQUAL(held.columns.size(), 3U);
  CHECK_EQUAL(held.offsets[rows - 2], 0U);
  CHECK_EQUAL(held.offsets[rows - 1], 1U);
  CHECK_EQUAL(held.offsets[rows], 3U);
  CHECK(held.columns == (std::vector<uint32_t>{rows - 2, rows - 2, rows - 1}));
  CHECK(held.values == (std::vector<double>{2.0 * 249, 499 * 232792560.0, 2.0 * 249}));
}

void testSignal(const TestedDevice& tested) {
  const Owned<wm_corpus> corpus = corpusOf(randomText(50, 40, 3));
  const Owned<wm_view> view = viewOf(corpus);
  wm_view_info info;
  wm_view_describe(view.get(), &info);
  wm_count_options options = optionsOf(5, true, true);
  options.device = tested.device;
  wm_signal* signal = nullptr;
  wm_signal_create(&signal, nullptr);
  const Owned<wm_signal> owned(signal);
  wm_cooccurrence* matrix = nullptr;
  CHECK_EQUAL(wm_cooccurrence_count(view.get(), &options, signal, &matrix, nullptr), WM_OK);
  CHECK_EQUAL(wm_signal_done(signal), info.tokens);
  wm_cooccurrence_release(matrix);
  matrix = nullptr;
  wm_signal_raise(signal);
  CHECK_EQUAL(wm_cooccurrence_count(view.get(), &options, signal, &matrix, nullptr), WM_ERR_CANCELLED);
  CHECK(matrix == nullptr);
}

}  // namespace

void testCount(const TestedDevice& tested) {
  testAsOnProcessor(tested);
  testSmallTexts(tested);
  testPieces(tested);
  testLargeNumbers(tested);
  testSignal(tested);
}
