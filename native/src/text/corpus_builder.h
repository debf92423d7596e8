#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "text/chunk.h"
#include "text/corpus.h"
#include "text/tokenizer.h"

namespace wordmill {

/// Reads text once. The caller's thread cuts it into chunks; others tokenize them, each with a dictionary of its own;
/// chunks join the stream in their order. At the end the dictionaries become one vocabulary and the stream is
/// renumbered, so that the outcome does not depend on threads and chunks.
///
/// One caller at a time. An error of a tokenizing thread is thrown by the next call, and by every one after it; of
/// several errors, the first in the text.
class CorpusBuilder {
 public:
  static constexpr uint64_t defaultChunkBytes = uint64_t{1} << 20;

  explicit CorpusBuilder(const CorpusSettings& settings, uint64_t chunkBytes = defaultChunkBytes);
  ~CorpusBuilder();

  void append(const uint8_t* bytes, uint64_t length);
  void appendFile(const char* path, const wm_signal* signal);
  void appendTokens(const uint8_t* bytes, uint64_t length, const uint32_t* lengths, uint64_t count);
  void endInput();
  /// Any thread, any time: bytes that were tokenized.
  uint64_t bytesDone() const { return bytesDone_.load(std::memory_order_relaxed); }
  std::shared_ptr<const Corpus> finish(const wm_signal* signal);

 private:
  struct Work {
    Chunk chunk;
    TokenizedChunk result;
    uint64_t order = 0;
    uint32_t tokenizer = 0;
    std::exception_ptr failure;
  };
  /// A part of the stream whose ids belong to one dictionary.
  struct Piece {
    uint64_t begin, end;
    uint32_t tokenizer;
  };

  template <typename Body>
  void keepFailure(Body&& body);
  void makeRoom(const wm_signal* signal);
  std::unique_ptr<Work> takeFree(const wm_signal* signal);
  void submitCurrent(std::unique_ptr<Work> next);
  void startWorker();
  void workLoop(uint32_t index);
  void retire(std::unique_ptr<Work> work);
  void join(Work& work);
  template <typename Ready>
  void wait(std::unique_lock<std::mutex>& lock, const wm_signal* signal, Ready&& ready);
  void stopWorkers();

  const CorpusSettings settings_;
  const uint64_t chunkBytes_;

  // Of the caller.
  std::unique_ptr<Work> current_;
  std::shared_ptr<const std::string> inputName_;
  uint64_t submitted_ = 0;
  bool finished_ = false;
  std::vector<std::thread> threads_;

  // Of everybody, under the mutex.
  std::mutex mutex_;
  std::condition_variable forWorkers_;
  std::condition_variable forCaller_;
  std::vector<std::unique_ptr<Tokenizer>> tokenizers_;
  uint64_t works_ = 0;  // that exist
  uint64_t idle_ = 0;   // workers
  bool stopping_ = false;
  std::vector<std::unique_ptr<Work>> free_;
  std::deque<std::unique_ptr<Work>> queue_;              // to be tokenized
  std::map<uint64_t, std::unique_ptr<Work>> tokenized_;  // that wait for an earlier one
  uint64_t retired_ = 0;
  std::exception_ptr failure_;
  std::unique_ptr<TokenStream> stream_;
  std::vector<Piece> pieces_;
  Corpus::Counters counters_;
  std::atomic<uint64_t> bytesDone_{0};
};

}  // namespace wordmill
