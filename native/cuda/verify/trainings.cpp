#include "trainings.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>
#include <vector>

#include "engine.h"

namespace {

constexpr uint64_t kSentence = 40;  // words

/// SplitMix64.
uint64_t mixBits(uint64_t z) {
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

/// Word r (from 1) has a probability of about 1 / (r ln words): r = words ^ uniform.
Owned<wm_corpus> zipfCorpus(const Scale& scale) {
  std::vector<uint32_t> ids(scale.tokens + scale.tokens / kSentence);
  const double logWords = std::log(static_cast<double>(scale.words));
  const auto fill = [&](uint64_t first, uint64_t end) {
    for (uint64_t i = first; i < end; ++i) {
      if (i % (kSentence + 1) == kSentence) {
        ids[i] = UINT32_MAX;
        continue;
      }
      const double uniform = static_cast<double>(mixBits(i + 1) >> 11U) * 0x1p-53;
      const auto rank = static_cast<uint64_t>(std::exp(uniform * logWords));
      ids[i] = static_cast<uint32_t>(std::min(rank, scale.words) - 1);
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
  for (uint64_t w = 0; w < scale.words; ++w) offsets.push_back((bytes += "w" + std::to_string(w)).size());
  const auto keys = make<wm_keys>("keys", [&](wm_keys** out, wm_error* error) {
    return wm_keys_create(reinterpret_cast<const uint8_t*>(bytes.data()), offsets.data(), scale.words, out, error);
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

struct Run {
  double seconds;
  uint64_t tokens;
};

/// Lets a job work until it is done, or for so long.
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

struct WindowCase {
  const char* name;
  wm_architecture architecture;
  int objectives;
  uint64_t columns;
  bool subwords;
  double least;
  double aim;
};

void measureWindow(const wm_device* device, const wm_view* view, const Scale& scale, const WindowCase& c,
                   Report& report) {
  wm_view_info info;
  wm_view_describe(view, &info);
  Owned<wm_subwords> subwords;
  uint64_t rows = info.rows;
  if (c.subwords) {
    const wm_subword_rules rules{3, 6, 2000000, 0};
    subwords = make<wm_subwords>(
        "subwords", [&](wm_subwords** out, wm_error* error) { return wm_subwords_of_view(view, &rules, out, error); });
    wm_subwords_info described;
    wm_subwords_describe(subwords.get(), &described);
    rows += described.rows;
  }
  const auto input = tableOf(rows, c.columns, 0.5F / static_cast<float>(c.columns));
  const auto output = tableOf(info.rows, c.columns, 0.0F);
  const auto tree = tableOf(info.rows - 1, c.columns, 0.0F);
  wm_window_tables tables{};
  tables.input = input.get();
  tables.output = output.get();
  tables.tree = tree.get();
  tables.subwords = subwords.get();
  wm_window_options options{};
  options.architecture = c.architecture;
  options.objectives = c.objectives;
  options.mean = 1;
  options.dynamic_window = 1;
  options.window_size = 5;
  options.negative_samples = 5;
  options.negative_exponent = 0.75;
  options.sample = 1e-4;
  options.learning_rate = c.architecture == WM_CBOW ? 0.05 : 0.025;
  options.learning_rate_end = 0.0001;
  options.epochs = 1;
  options.device = device;
  const auto job = make<wm_job>(
      c.name, [&](wm_job** out, wm_error* error) { return wm_window_job_create(view, &tables, &options, out, error); });
  const Run run = runFor(job.get(), c.least > 0.0 ? scale.secondsOfTraining : scale.secondsOfOther);
  Measurement m;
  m.name = c.name;
  m.size = "d " + std::to_string(c.columns) + ", window 5, " + std::to_string(info.rows) + " words";
  m.seconds = run.seconds;
  m.amount = static_cast<double>(run.tokens);
  m.unit = "words";
  m.least = c.least;
  m.aim = c.aim;
  report.measurements.push_back(m);
}

}  // namespace

void measureTrainings(const wm_device* device, const Scale& scale, Report& report) {
  const auto corpus = zipfCorpus(scale);
  const auto view = viewOf(corpus.get());
  const WindowCase cases[] = {
      {"skip-gram, 5 negatives", WM_SKIP_GRAM, WM_NEGATIVE_SAMPLING, 100, false, 50e6, 150e6},
      {"skip-gram, 5 negatives", WM_SKIP_GRAM, WM_NEGATIVE_SAMPLING, 300, false, 20e6, 60e6},
      {"skip-gram, tree", WM_SKIP_GRAM, WM_HIERARCHICAL_SOFTMAX, 100, false, 0.0, 0.0},
      {"CBOW, 5 negatives", WM_CBOW, WM_NEGATIVE_SAMPLING, 100, false, 0.0, 0.0},
      {"CBOW, tree", WM_CBOW, WM_HIERARCHICAL_SOFTMAX, 100, false, 0.0, 0.0},
      {"skip-gram, subwords", WM_SKIP_GRAM, WM_NEGATIVE_SAMPLING, 100, true, 0.0, 0.0},
      {"CBOW, subwords", WM_CBOW, WM_NEGATIVE_SAMPLING, 100, true, 0.0, 0.0},
  };
  for (const WindowCase& c : cases) {
    std::fprintf(stderr, "%s, d %d ..\n", c.name, static_cast<int>(c.columns));
    measureWindow(device, view.get(), scale, c, report);
  }
}
