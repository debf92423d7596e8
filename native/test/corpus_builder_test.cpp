// The same corpus for any number of threads and any way of cutting the text, compared with a plain tokenizer.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "check.h"
#include "text/corpus_builder.h"

using namespace wordmill;

namespace {

struct Expected {
  std::vector<std::string> stream;  // "\n" ends a line
  uint64_t cut = 0;
  uint64_t replaced = 0;
  uint64_t lines = 0;
};

bool isValidSequence(const std::string& s) {
  const auto at = [&](size_t i) { return static_cast<unsigned char>(s[i]); };
  for (size_t i = 1; i < s.size(); ++i) {
    if ((at(i) & 0xC0U) != 0x80) return false;
  }
  uint32_t code = 0;
  switch (s.size()) {
    case 1:
      return at(0) < 0x80;
    case 2:
      code = (at(0) & 0x1FU) << 6 | (at(1) & 0x3FU);
      return at(0) >> 5 == 6 && code >= 0x80;
    case 3:
      code = (at(0) & 0xFU) << 12 | (at(1) & 0x3FU) << 6 | (at(2) & 0x3FU);
      return at(0) >> 4 == 14 && code >= 0x800 && (code < 0xD800 || code > 0xDFFF);
    case 4:
      code = (at(0) & 7U) << 18 | (at(1) & 0x3FU) << 12 | (at(2) & 0x3FU) << 6 | (at(3) & 0x3FU);
      return at(0) >> 3 == 30 && code >= 0x10000 && code <= 0x10FFFF;
    default:
      return false;
  }
}

bool canBecomeValid(const std::string& start) {
  if (isValidSequence(start)) return true;
  if (start.size() == 4) return false;
  for (const int next : {0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF}) {
    if (canBecomeValid(start + static_cast<char>(next))) return true;
  }
  return false;
}

std::string mended(const std::string& text, uint64_t& replaced) {
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t length = 1;
    while (length <= 4 && i + length <= text.size() && !isValidSequence(text.substr(i, length))) ++length;
    if (length <= 4 && i + length <= text.size()) {
      out += text.substr(i, length);
      i += length;
      continue;
    }
    size_t broken = 1;
    while (broken < 4 && i + broken < text.size() && canBecomeValid(text.substr(i, broken + 1))) ++broken;
    out += "\xef\xbf\xbd";
    ++replaced;
    i += broken;
  }
  return out;
}

void readPlainly(std::string text, uint64_t maxTokenBytes, Expected& out) {
  if (text.compare(0, 3, "\xef\xbb\xbf") == 0) text.erase(0, 3);
  text = mended(text, out.replaced);
  const std::string separators(" \t\r\n\0\v\f", 7);
  std::string token;
  const auto endToken = [&] {
    if (token.size() > maxTokenBytes) {
      ++out.cut;
      size_t length = maxTokenBytes;
      while ((static_cast<unsigned char>(token[length]) & 0xC0U) == 0x80) --length;
      token.resize(length);
    }
    if (!token.empty()) out.stream.push_back(token);
    token.clear();
  };
  const auto endLine = [&] {
    out.stream.emplace_back("\n");
    ++out.lines;
  };
  for (const char byte : text) {
    if (separators.find(byte) == std::string::npos) {
      token += byte;
      continue;
    }
    endToken();
    if (byte == '\n') endLine();
  }
  endToken();
  if (!out.stream.empty() && out.stream.back() != "\n") endLine();
}

std::string randomText(std::mt19937& random, size_t pieces) {
  static const std::vector<std::string> parts = {
      " ",
      " ",
      " ",
      "\n",
      "\r\n",
      "\t",
      std::string(1, '\0'),
      "\v",
      "\f",
      "a",
      "b",
      "the",
      "of",
      "word",
      "longword",
      "longerwords",
      "internationalisation",
      "\x01",
      "\x7f",
      "\xc3\xa9",
      "\xe6\xbc\xa2",
      "\xf0\x9f\x98\x80",
      "\xef\xbb\xbf",
      "\x80",
      "\xbf",
      "\xc3",
      "\xe2\x82",
      "\xf0\x9f",
      "\xf0\x9f\x98",
      "\xed\xa0\x80",
      "\xff",
      "\xc0\x80",
      "\xf4\x90\x80\x80",
      std::string(20, 'y'),
      std::string(50, '\x80'),
      "\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80\xf0\x9f\x98\x80"};
  std::string text;
  for (size_t i = 0; i < pieces; ++i) text += parts[random() % parts.size()];
  return text;
}

void compare(const Corpus& corpus, const Expected& expected, const std::string& what) {
  std::vector<std::string> stream;
  for (uint64_t i = 0; i < corpus.stream().size(); ++i) {
    const uint32_t id = corpus.stream().data()[i];
    stream.emplace_back(id == lineEnd ? "\n" : corpus.vocabulary().at(id));
  }
  check::report(stream == expected.stream, __FILE__, __LINE__, "token stream of " + what);
  CHECK_EQUAL(corpus.counters().lines, expected.lines);
  CHECK_EQUAL(corpus.counters().cutTokens, expected.cut);
  CHECK_EQUAL(corpus.counters().replaced, expected.replaced);

  std::map<std::string, uint64_t> counts;
  for (const std::string& token : expected.stream) {
    if (token != "\n") ++counts[token];
  }
  std::vector<std::pair<std::string, uint64_t>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::pair<std::string, uint64_t>> actual;
  for (uint64_t id = 0; id < corpus.vocabulary().size(); ++id) {
    actual.emplace_back(corpus.vocabulary().at(id), corpus.vocabulary().counts[id]);
  }
  check::report(actual == order, __FILE__, __LINE__, "vocabulary of " + what);
}

void sameForAnyThreadsAndChunks() {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    const uint64_t maxTokenBytes = round % 3 == 0 ? 4 + random() % 30 : 1000;
    std::vector<std::string> inputs;
    for (uint32_t i = 0; i <= random() % 3; ++i) inputs.push_back(randomText(random, random() % 700) + " end");
    Expected expected;
    for (const std::string& input : inputs) readPlainly(input, maxTokenBytes, expected);
    for (const unsigned threads : {1U, 2U, 5U}) {
      for (const uint64_t chunkBytes : {uint64_t{16}, uint64_t{17}, uint64_t{61}, CorpusBuilder::defaultChunkBytes}) {
        CorpusSettings settings;
        settings.utf8 = WM_UTF8_REPLACE;
        settings.threads = threads;
        settings.maxTokenBytes = maxTokenBytes;
        CorpusBuilder builder(settings, chunkBytes);
        for (const std::string& input : inputs) {
          size_t at = 0;
          while (at < input.size()) {
            const size_t size = std::min<size_t>(input.size() - at, 1 + random() % 100);
            builder.append(reinterpret_cast<const uint8_t*>(input.data()) + at, size);
            at += size;
          }
          builder.endInput();
        }
        compare(*builder.finish(nullptr), expected,
                "round " + std::to_string(round) + ", " + std::to_string(threads) + " threads, chunks of " +
                    std::to_string(chunkBytes));
      }
    }
  }
}

void readyTokensAreLikeText() {
  std::mt19937 random(8);
  std::string text;
  std::string bytes;
  std::vector<uint32_t> lengths;
  Expected expected;
  for (int i = 0; i < 5000; ++i) {
    if (random() % 10 == 0) {
      text += '\n';
      lengths.push_back(lineEnd);
    } else {
      const std::string token = "t" + std::to_string(random() % 300);
      text += token + ' ';
      bytes += token;
      lengths.push_back(static_cast<uint32_t>(token.size()));
    }
  }
  readPlainly(text, 1000, expected);
  for (const uint64_t chunkBytes : {uint64_t{16}, CorpusBuilder::defaultChunkBytes}) {
    CorpusSettings settings;
    settings.threads = 3;
    CorpusBuilder builder(settings, chunkBytes);
    builder.appendTokens(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), lengths.data(), lengths.size());
    compare(*builder.finish(nullptr), expected, "ready tokens");
  }
}

/// Enough different words for every table to grow several times, in every thread.
void manyWords() {
  std::string text;
  Expected expected;
  std::mt19937 random(9);
  for (int i = 0; i < 200000; ++i) {
    text += (i % 3 == 0 ? "quite-a-long-word-" : "w") + std::to_string(random() % 60000) + (i % 20 == 19 ? "\n" : " ");
  }
  readPlainly(text, 1000, expected);
  for (const unsigned threads : {1U, 2U, 8U}) {
    CorpusSettings settings;
    settings.threads = threads;
    CorpusBuilder builder(settings, 1 << 14);
    builder.append(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    compare(*builder.finish(nullptr), expected, "many words, " + std::to_string(threads) + " threads");
  }
}

}  // namespace

int main() {
  sameForAnyThreadsAndChunks();
  readyTokensAreLikeText();
  manyWords();
  return checkResult();
}
