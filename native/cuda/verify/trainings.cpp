#include "trainings.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "engine.h"
#include "synthetic_text.h"

namespace {

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
  const auto corpus = zipfCorpus(scale.tokens, scale.words);
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
