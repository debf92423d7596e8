#pragma once

#include "vectors/decoder.h"

namespace wordmill {

/// Rows as text: key, separator, numbers, line end. Keys may hold separators: a line is split from its right end.
class TextDecoder : public Decoder {
 public:
  explicit TextDecoder(const wm_decoder_options& options);

 private:
  enum class Fault : uint8_t { None, Numbers, NotANumber, LongKey };
  struct Line {
    const char* begin;
    const char* end;  // without line end and trailing separators
    uint64_t keyLength;
  };

  uint64_t decode(const uint8_t* bytes, uint64_t length, bool last) override;
  void takeLine(const char* start, const char* begin, const char* end);
  void parseLines(const char* start, bool unfinished);
  Fault parseLine(Line& line, float* out) const;
  Fault splitFromRight(Line& line, float* out) const;
  bool parseNumbers(const char* begin, const char* end, float* out) const;
  bool looksLikeMoreNumbers(const Line& line) const;
  [[noreturn]] void fail(Fault fault, const char* start, const Line& line, uint64_t index, bool unfinished) const;
  std::string lineName(uint64_t number) const;

  const char separator_;
  const bool hasKeys_;
  const uint64_t maxLineBytes_;
  const unsigned threads_;
  std::vector<Line> lines_;    // being decoded
  std::vector<float> values_;  // of these
  uint64_t blankLines_ = 0;    // at the end so far
};

}  // namespace wordmill
