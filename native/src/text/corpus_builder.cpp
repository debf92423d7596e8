#include "text/corpus_builder.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <poll.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "memory/file.h"
#include "runtime/parallel.h"
#include "runtime/signal.h"

namespace wordmill {
namespace {

/// How long a raised signal may go unnoticed while nothing else happens.
constexpr std::chrono::milliseconds signalPeriod(20);

/// Reads what is there, at most `capacity` bytes; 0 at the end. A pipe is waited for.
uint64_t readSome(const File& file, uint8_t* out, uint64_t capacity, const char* path, const wm_signal* signal) {
  while (true) {
    throwIfRaised(signal);
    struct pollfd waiting = {file.descriptor(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(signalPeriod.count())) == 0) continue;
    const ssize_t got = ::read(file.descriptor(), out, capacity);
    if (got >= 0) return static_cast<uint64_t>(got);
    if (errno != EINTR && errno != EAGAIN) throw fileError(errno, "cannot read", path);
  }
}

}  // namespace

CorpusBuilder::CorpusBuilder(const CorpusSettings& settings, uint64_t chunkBytes)
    : settings_(settings),
      chunkBytes_(chunkBytes),
      stream_(std::make_unique<TokenStream>(settings.storage, "tokens")) {}

CorpusBuilder::~CorpusBuilder() { stopWorkers(); }

void CorpusBuilder::stopWorkers() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    queue_.clear();
  }
  forWorkers_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

// ---- the caller's side

/// Runs what takes text in. When it throws, some of the text may be lost, and so every later call throws the same.
template <typename Body>
void CorpusBuilder::keepFailure(Body&& body) {
  if (finished_) throw optionError("builder", "the corpus was finished; begin another one");
  try {
    body();
  } catch (...) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!failure_) failure_ = std::current_exception();
    throw;
  }
}

void CorpusBuilder::append(const uint8_t* bytes, uint64_t length) {
  keepFailure([&] {
    makeRoom(nullptr);
    while (length > 0) {
      Chunk& chunk = current_->chunk;
      const uint64_t count = std::min(length, chunk.capacity - chunk.length);
      std::memcpy(chunk.bytes.get() + chunk.length, bytes, count);
      chunk.length += count;
      bytes += count;
      length -= count;
      makeRoom(nullptr);
    }
  });
}

void CorpusBuilder::appendFile(const char* path, const wm_signal* signal) {
  const File file = File::open(path);
  endInput();
  keepFailure([&] {
    inputName_ = std::make_shared<const std::string>(path);
    while (true) {
      makeRoom(signal);
      Chunk& chunk = current_->chunk;
      const uint64_t got =
          readSome(file, chunk.bytes.get() + chunk.length, chunk.capacity - chunk.length, path, signal);
      if (got == 0) break;
      chunk.length += got;
    }
    endInput();
  });
}

void CorpusBuilder::appendTokens(const uint8_t* bytes, uint64_t length, const uint32_t* lengths, uint64_t count) {
  uint64_t total = 0;
  for (uint64_t i = 0; i < count; ++i) {
    if (lengths[i] == lineEnd) continue;
    if (lengths[i] > length - total) {
      throw optionError("lengths", "the tokens are longer than the " + std::to_string(length) + " bytes given");
    }
    total += lengths[i];
  }
  keepFailure([&] {
    uint64_t done = 0;
    while (done < count) {
      makeRoom(nullptr);
      if (current_->chunk.length > 0) {
        // What came as text before ends here, though not its line.
        std::unique_ptr<Work> next = takeFree(nullptr);
        next->chunk.offset = current_->chunk.offset + current_->chunk.length;
        next->chunk.inputName = inputName_;
        submitCurrent(std::move(next));
      }
      Chunk& chunk = current_->chunk;
      chunk.ready = true;
      while (done < count && chunk.lengths.size() < chunkBytes_ / sizeof(uint32_t) && chunk.length < chunkBytes_) {
        const uint32_t size = lengths[done++];
        chunk.lengths.push_back(size);
        if (size == lineEnd || size == 0) continue;
        if (size > chunk.capacity - chunk.length) chunk.reserve(std::max(chunk.capacity * 2, chunk.length + size));
        std::memcpy(chunk.bytes.get() + chunk.length, bytes, size);
        chunk.length += size;
        bytes += size;
      }
      std::unique_ptr<Work> next = takeFree(nullptr);
      next->chunk.offset = chunk.offset + chunk.length;
      next->chunk.inputName = inputName_;
      submitCurrent(std::move(next));
    }
  });
}

void CorpusBuilder::endInput() {
  keepFailure([&] {
    if (current_) {
      current_->chunk.endsInput = true;
      submitCurrent(nullptr);
    }
    inputName_.reset();
  });
}

/// Leaves a current chunk with room for at least one byte.
void CorpusBuilder::makeRoom(const wm_signal* signal) {
  if (!current_) {
    current_ = takeFree(signal);
    current_->chunk.beginsInput = true;
    current_->chunk.inputName = inputName_;
  }
  Chunk& chunk = current_->chunk;
  if (chunk.length < chunk.capacity) return;
  if (mustGrow(chunk, settings_.maxTokenBytes)) {
    chunk.reserve(std::min(chunk.capacity * 2, std::max(settings_.maxTokenBytes + 8, chunk.capacity + 1)));
    return;
  }
  std::unique_ptr<Work> next = takeFree(signal);
  cutChunk(chunk, next->chunk);
  submitCurrent(std::move(next));
  // All of it may have moved on, into a chunk that is full again.
  if (current_->chunk.length == current_->chunk.capacity) current_->chunk.reserve(current_->chunk.length + chunkBytes_);
}

template <typename Ready>
void CorpusBuilder::wait(std::unique_lock<std::mutex>& lock, const wm_signal* signal, Ready&& ready) {
  while (true) {
    if (failure_) std::rethrow_exception(failure_);
    if (ready()) return;
    throwIfRaised(signal);
    if (signal != nullptr) {
      forCaller_.wait_for(lock, signalPeriod);
    } else {
      forCaller_.wait(lock);
    }
  }
}

/// An empty chunk of text; waits while all of them are in the hands of the workers.
std::unique_ptr<CorpusBuilder::Work> CorpusBuilder::takeFree(const wm_signal* signal) {
  // Some more than there are workers, because one that is done may have to wait for an earlier one.
  const uint64_t maxWorks = settings_.threads + settings_.threads / 2 + 2;
  std::unique_lock<std::mutex> lock(mutex_);
  wait(lock, signal, [&] { return !free_.empty() || works_ < maxWorks; });
  std::unique_ptr<Work> work;
  if (free_.empty()) {
    work = std::make_unique<Work>();
    ++works_;
  } else {
    work = std::move(free_.back());
    free_.pop_back();
  }
  lock.unlock();
  work->chunk.clear();
  work->chunk.reserve(chunkBytes_);
  return work;
}

void CorpusBuilder::submitCurrent(std::unique_ptr<Work> next) {
  current_->chunk.seal();
  current_->order = submitted_;
  bool helped;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (failure_) std::rethrow_exception(failure_);
    queue_.push_back(std::move(current_));
    ++submitted_;
    helped = idle_ >= queue_.size();
  }
  current_ = std::move(next);
  // Threads are made when there is work for them: most texts are small.
  if (!helped && threads_.size() < settings_.threads) startWorker();
  forWorkers_.notify_one();
}

void CorpusBuilder::startWorker() {
  const uint32_t index = static_cast<uint32_t>(threads_.size());
  {
    auto tokenizer = std::make_unique<Tokenizer>(settings_.utf8, settings_.maxTokenBytes);
    const std::lock_guard<std::mutex> lock(mutex_);
    tokenizers_.push_back(std::move(tokenizer));
  }
  try {
    threads_.emplace_back([this, index] { workLoop(index); });
  } catch (const std::system_error& thrown) {
    const std::lock_guard<std::mutex> lock(mutex_);
    tokenizers_.pop_back();
    if (threads_.empty()) {
      throw Error(WM_ERR_MEMORY, "the system lets this process start no thread").fromErrno(thrown.code().value());
    }
  }
}

// ---- the workers' side

void CorpusBuilder::workLoop(uint32_t index) {
  std::unique_lock<std::mutex> lock(mutex_);
  Tokenizer& tokenizer = *tokenizers_[index];
  while (true) {
    ++idle_;
    forWorkers_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    --idle_;
    if (stopping_) return;
    std::unique_ptr<Work> work = std::move(queue_.front());
    queue_.pop_front();
    const bool needed = !failure_;
    lock.unlock();
    work->tokenizer = index;
    work->failure = nullptr;
    if (needed) {
      try {
        tokenizer.tokenize(work->chunk, work->result);
      } catch (...) {
        work->failure = std::current_exception();
      }
    }
    lock.lock();
    retire(std::move(work));
  }
}

/// Under the mutex: what is next in order joins the stream.
void CorpusBuilder::retire(std::unique_ptr<Work> work) {
  try {
    const uint64_t order = work->order;
    tokenized_.emplace(order, std::move(work));
    for (auto first = tokenized_.begin(); first != tokenized_.end() && first->first == retired_;
         first = tokenized_.begin()) {
      free_.push_back(std::move(first->second));
      tokenized_.erase(first);
      ++retired_;
      if (!failure_) join(*free_.back());
    }
  } catch (...) {
    if (!failure_) failure_ = std::current_exception();
  }
  forCaller_.notify_all();
}

void CorpusBuilder::join(Work& work) {
  if (work.failure) std::rethrow_exception(work.failure);
  const uint64_t begin = stream_->size();
  stream_->append(work.result.ids.get(), work.result.length);
  pieces_.push_back({begin, stream_->size(), work.tokenizer});
  counters_.lines += work.result.lines;
  counters_.cutTokens += work.result.cut;
  counters_.replaced += work.result.replaced;
  counters_.inputBytes += work.chunk.length;
  // Each input before this one ended with a line end, if it had any token.
  if (work.chunk.endsInput && stream_->size() > 0 && stream_->data()[stream_->size() - 1] != lineEnd) {
    stream_->append(lineEnd);
    ++counters_.lines;
  }
  bytesDone_.fetch_add(work.chunk.length, std::memory_order_relaxed);
}

// ---- the end

std::shared_ptr<const Corpus> CorpusBuilder::finish(const wm_signal* signal) {
  endInput();
  {
    std::unique_lock<std::mutex> lock(mutex_);
    wait(lock, signal, [&] { return retired_ == submitted_; });
  }
  finished_ = true;
  const unsigned threads = std::max<unsigned>(1, static_cast<unsigned>(threads_.size()));
  stopWorkers();
  free_.clear();
  stream_->finish();

  std::vector<Dictionary> dictionaries;
  for (const std::unique_ptr<Tokenizer>& tokenizer : tokenizers_) {
    dictionaries.push_back(std::move(tokenizer->dictionary()));
  }
  tokenizers_.clear();
  MergedVocabulary merged = mergeDictionaries(dictionaries, threads, signal);
  dictionaries.clear();
  parallelFor(pieces_.size(), threads, [&](uint64_t index) {
    throwIfRaised(signal);
    const Piece& piece = pieces_[index];
    renumber(stream_->data() + piece.begin, piece.end - piece.begin, merged.maps[piece.tokenizer]);
  });
  return Corpus::create(std::move(merged.vocabulary), std::move(stream_), counters_, settings_);
}

}  // namespace wordmill
