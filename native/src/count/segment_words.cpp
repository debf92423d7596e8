#include "count/segment_words.h"

#include <algorithm>
#include <vector>

#include "runtime/parallel.h"

namespace wordmill {

void readSegments(const View& view, uint64_t first, uint64_t last, unsigned threads, const wm_signal* signal,
                  uint32_t* out) {
  std::vector<uint64_t> begins{0};
  for (uint64_t s = first; s < last; ++s) begins.push_back(begins.back() + lengthOfSegments(view, s, s + 1));
  parallelFor(last - first, threads, [&](uint64_t s) {
    throwIfRaised(signal);
    uint32_t* next = out + begins[s];
    std::vector<uint32_t> sentence;
    for (SentenceReader reader(view, view.segments()[first + s]); reader.next(sentence);) {
      next = std::copy(sentence.begin(), sentence.end(), next);
      *next++ = kSentenceEnd;
    }
    std::fill(next, out + begins[s + 1], kSentenceEnd);
  });
}

}  // namespace wordmill
