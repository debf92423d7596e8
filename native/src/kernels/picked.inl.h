#pragma once

// Rows that are picked from anywhere in memory: copied, or summed. Include a lanes header first.

namespace wordmill {
namespace {

/// Bytes that are asked for before they are needed. Processors follow a row by themselves, but only after a few lines
/// of it, and not beyond the end of a page.
constexpr uint64_t kPickedAhead = 4096;

/// So many rows ahead.
inline uint64_t rowsAhead(uint64_t columns) {
  const uint64_t rows = kPickedAhead / (columns * sizeof(float) + 1);
  return rows == 0 ? 1 : rows > 16 ? 16 : rows;
}

/// A row in parts that begin where a streaming store may: the rest up to the first such place, whole vectors, and what
/// is left.
struct Parts {
  uint64_t head;
  uint64_t whole;
};

inline Parts partsOf(const float* out, uint64_t columns, bool streams) {
  const uint64_t past = reinterpret_cast<uintptr_t>(out) / sizeof(float) % kWidth;
  uint64_t head = streams && past != 0 ? kWidth - past : 0;
  if (head > columns) head = columns;
  return {head, head + (columns - head) / kWidth * kWidth};
}

/// Calls each(offset, count) for the parts of a row, count being less than kWidth, and whole(offset) for its vectors.
template <class Whole, class Part>
inline void forParts(const Parts& parts, uint64_t columns, Whole&& whole, Part&& part) {
  if (parts.head > 0) part(uint64_t{0}, static_cast<uint32_t>(parts.head));
  for (uint64_t c = parts.head; c < parts.whole; c += kWidth) whole(c);
  if (parts.whole < columns) part(parts.whole, static_cast<uint32_t>(columns - parts.whole));
}

template <bool Streams>
inline void copyPicked(const float* rows, uint64_t stride, const uint32_t* ids, uint64_t count, uint64_t columns,
                       float* out) {
  const uint64_t ahead = rowsAhead(columns);
  for (uint64_t i = 0; i < count; ++i, out += columns) {
    const float* const row = rows + ids[i] * stride;
    const float* const upcoming = rows + ids[i + ahead < count ? i + ahead : i] * stride;
    forParts(
        partsOf(out, columns, Streams), columns,
        [&](uint64_t c) {
          __builtin_prefetch(upcoming + c);
          Streams ? stream(out + c, load(row + c)) : store(out + c, load(row + c));
        },
        [&](uint64_t c, uint32_t n) {
          __builtin_prefetch(upcoming + c);
          storePart(out + c, loadPart(row + c, n), n);
        });
  }
}

inline void copyRows(const float* rows, uint64_t stride, const uint32_t* ids, uint64_t count, uint64_t columns,
                     float* out, int streams) {
  if (streams == 0) return copyPicked<false>(rows, stride, ids, count, columns, out);
  copyPicked<true>(rows, stride, ids, count, columns, out);
  streamed();
}

inline const float* upcomingOf(const PickedSum* picked, uint64_t i) {
  const uint64_t next = i + rowsAhead(picked->columns);
  return picked->rows + picked->ids[next < picked->known ? next : i] * picked->stride;
}

/// One row of a sum: out = before + factor * row, where there is a before. Gives zeros as long as numbers are finite,
/// NaN after one that is not.
template <bool Adds>
inline Vec addPicked(const PickedSum* picked, uint64_t i, const float* before, float* out, Vec defects) {
  const float* const row = picked->rows + picked->ids[i] * picked->stride;
  const float* const upcoming = upcomingOf(picked, i);
  const Vec factor = splat(picked->weights != nullptr ? picked->weights[i] : 1.0F);
  forParts(
      partsOf(out, picked->columns, false), picked->columns,
      [&](uint64_t c) {
        __builtin_prefetch(upcoming + c);
        const Vec x = load(row + c);
        defects = fma(x, zero(), defects);
        store(out + c, Adds ? fma(factor, x, load(before + c)) : mul(factor, x));
      },
      [&](uint64_t c, uint32_t n) {
        __builtin_prefetch(upcoming + c);
        const Vec x = loadPart(row + c, n);
        defects = fma(x, zero(), defects);
        storePart(out + c, Adds ? fma(factor, x, loadPart(before + c, n)) : mul(factor, x), n);
      });
  return defects;
}

/// The last row of a sum, whose result goes out: scale * (before + factor * row), and what the sum began with.
template <bool Adds, bool Begins, bool Streams>
inline Vec endPicked(const PickedSum* picked, Vec defects) {
  const uint64_t last = picked->count - 1;
  const float* const row = picked->rows + picked->ids[last] * picked->stride;
  const float* const upcoming = upcomingOf(picked, last);
  const float* const before = picked->scratch;
  const float* const start = picked->start;
  float* const out = picked->out;
  const Vec factor = splat(picked->weights != nullptr ? picked->weights[last] : 1.0F);
  const Vec scale = splat(picked->scale);
  const auto result = [&](Vec x, Vec partial, Vec begin) {
    defects = fma(x, zero(), defects);
    const Vec total = Adds ? fma(factor, x, partial) : mul(factor, x);
    return Begins ? fma(scale, total, begin) : mul(scale, total);
  };
  forParts(
      partsOf(out, picked->columns, Streams), picked->columns,
      [&](uint64_t c) {
        __builtin_prefetch(upcoming + c);
        const Vec value = result(load(row + c), Adds ? load(before + c) : zero(), Begins ? load(start + c) : zero());
        Streams ? stream(out + c, value) : store(out + c, value);
      },
      [&](uint64_t c, uint32_t n) {
        __builtin_prefetch(upcoming + c);
        const Vec value = result(loadPart(row + c, n), Adds ? loadPart(before + c, n) : zero(),
                                 Begins ? loadPart(start + c, n) : zero());
        storePart(out + c, value, n);
      });
  return defects;
}

template <bool Adds>
inline Vec endOf(const PickedSum* picked, Vec defects) {
  if (picked->start != nullptr) return endPicked<Adds, true, false>(picked, defects);
  if (picked->streams != 0) return endPicked<Adds, false, true>(picked, defects);
  return endPicked<Adds, false, false>(picked, defects);
}

inline int sumPicked(const PickedSum* picked) {
  Vec defects = zero();
  if (picked->count == 1) {
    defects = endOf<false>(picked, defects);
  } else {
    defects = addPicked<false>(picked, 0, nullptr, picked->scratch, defects);
    for (uint64_t i = 1; i + 1 < picked->count; ++i) {
      defects = addPicked<true>(picked, i, picked->scratch, picked->scratch, defects);
    }
    defects = endOf<true>(picked, defects);
  }
  const float all = sum(defects);
  return all == 0.0F ? 1 : 0;
}

}  // namespace
}  // namespace wordmill
