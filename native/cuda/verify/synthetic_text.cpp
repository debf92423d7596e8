#include "synthetic_text.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr uint64_t kSentence = 40;  // words

/// SplitMix64.
uint64_t mixBits(uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

}  // namespace

// r = words ^ uniform
Owned<wm_corpus> zipfCorpus(uint64_t tokens, uint64_t words) {
  std::vector<uint32_t> ids(tokens + tokens / kSentence);
  const double logWords = std::log(static_cast<double>(words));
  const auto fill = [&](uint64_t first, uint64_t end) {
    for (uint64_t i = first; i < end; ++i) {
      if (i % (kSentence + 1) == kSentence) {
        ids[i] = UINT32_MAX;
        continue;
      }
      const double uniform = static_cast<double>(mixBits(i + 1) >> 11U) * 0x1p-53;
      const auto rank = static_cast<uint64_t>(std::exp(uniform * logWords));
      ids[i] = static_cast<uint32_t>(std::min(rank, words) - 1);
    }
  };
  const uint64_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::thread> team;
  for (uint64_t t = 0; t < threads; ++t) {
    team.emplace_back(fill, ids.size() * t / threads, ids.size() * (t + 1) / threads);
  }
  for (std::thread& thread : team) thread.join();

  std::string bytes;
  std::vector<uint64_t> offsets{0};
  for (uint64_t w = 0; w < words; ++w) offsets.push_back((bytes += "w" + std::to_string(w)).size());
  const auto keys = make<wm_keys>("keys", [&](wm_keys** out, wm_error* error) {
    return wm_keys_create(reinterpret_cast<const uint8_t*>(bytes.data()), offsets.data(), words, out, error);
  });
  wm_corpus_options options{};
  options.max_token_bytes = 100;
  return make<wm_corpus>("corpus", [&](wm_corpus** out, wm_error* error) {
    return wm_corpus_from_ids(ids.data(), ids.size(), keys.get(), &options, out, error);
  });
}

Owned<wm_view> viewOf(const wm_corpus* corpus) {
  wm_view_options options{};
  options.min_count = 1;
  options.max_sentence_length = 1000;
  return make<wm_view>("view",
                       [&](wm_view** out, wm_error* error) { return wm_view_create(corpus, &options, out, error); });
}

Owned<wm_table> tableOf(uint64_t rows, uint64_t columns, float range) {
  auto table = make<wm_table>(
      "table", [&](wm_table** out, wm_error* error) { return wm_table_create(WM_F32, rows, columns, out, error); });
  if (range > 0.0F) {
    must("table",
         [&](wm_error* error) { return wm_table_fill_uniform(table.get(), 0, rows, -range, range, 1, error); });
  }
  return table;
}

Run runFor(wm_job* job, double seconds) {
  wm_job_progress progress;
  wm_job_poll(job, &progress);
  must("training", [&](wm_error* error) { return wm_job_submit(job, 0, progress.blocks, error); });
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  do {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    wm_job_poll(job, &progress);
  } while (progress.state == WM_JOB_RUNNING && elapsed() < seconds);
  wm_job_pause(job);
  must("training", [&](wm_error* error) { return wm_job_wait(job, error); });
  wm_job_poll(job, &progress);
  return {progress.seconds, progress.tokens_done};
}
