#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>
#include <vector>

#include "engine.h"
#include "trainings.h"

namespace {

constexpr uint64_t kColumns = 100;
/// Of the questions and pairs, only those of so many of the most frequent words count, as is usual.
constexpr uint64_t kWordsOfQuestions = 30000;

Owned<wm_corpus> readText(const std::string& path) {
  wm_corpus_options options{};
  options.utf8 = WM_UTF8_REPLACE;
  options.max_token_bytes = 1000;
  const auto builder = make<wm_corpus_builder>(
      "text", [&](wm_corpus_builder** out, wm_error* error) { return wm_corpus_begin(&options, out, error); });
  must("text", [&](wm_error* error) { return wm_corpus_append_file(builder.get(), path.c_str(), nullptr, error); });
  return make<wm_corpus>(
      "text", [&](wm_corpus** out, wm_error* error) { return wm_corpus_finish(builder.get(), nullptr, out, error); });
}

/// Vectors of length 1, and where each word has its own.
struct Vectors {
  std::vector<float> values;
  std::map<std::string, uint32_t> rows;
  Owned<wm_table> table;

  const float* of(uint32_t row) const { return values.data() + row * kColumns; }
  /// The row of a frequent word, or -1.
  int64_t find(const std::string& word) const {
    const auto found = rows.find(word);
    return found != rows.end() ? static_cast<int64_t>(found->second) : -1;
  }
};

Vectors vectorsOf(const wm_view* view, const wm_table* input) {
  Vectors out;
  wm_view_info info;
  wm_view_describe(view, &info);
  const uint64_t rows = std::min(info.rows, kWordsOfQuestions);
  out.values.resize(rows * kColumns);
  must("vectors", [&](wm_error* error) {
    return wm_table_read(input, 0, rows, WM_F32, out.values.data(), out.values.size() * sizeof(float), error);
  });
  for (uint64_t row = 0; row < rows; ++row) {
    float* const vector = out.values.data() + row * kColumns;
    const float length = std::sqrt(std::inner_product(vector, vector + kColumns, vector, 0.0F));
    for (uint64_t c = 0; c < kColumns; ++c) vector[c] /= length > 0.0F ? length : 1.0F;
    const uint8_t* bytes = nullptr;
    uint64_t size = 0;
    must("words", [&](wm_error* error) { return wm_keys_at(wm_view_keys(view), row, &bytes, &size, error); });
    out.rows.emplace(std::string(reinterpret_cast<const char*>(bytes), size), static_cast<uint32_t>(row));
  }
  out.table = make<wm_table>("vectors", [&](wm_table** made, wm_error* error) {
    return wm_table_wrap(WM_F32, rows, kColumns, kColumns * sizeof(float), out.values.data(),
                         out.values.size() * sizeof(float), made, error);
  });
  return out;
}

std::string lowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// Share of "a is to b as c is to .." that the nearest vector to b - a + c answers.
double analogies(const Vectors& vectors, const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<float> queries;
  std::vector<uint32_t> asked;  // three words of each question
  std::vector<uint64_t> offsets{0};
  std::vector<uint32_t> answers;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == ':') continue;
    std::istringstream words(lowerCase(line));
    std::string word;
    std::vector<uint32_t> rows;
    while (words >> word && vectors.find(word) >= 0) rows.push_back(static_cast<uint32_t>(vectors.find(word)));
    if (rows.size() != 4) continue;
    for (uint64_t c = 0; c < kColumns; ++c) {
      queries.push_back(vectors.of(rows[1])[c] - vectors.of(rows[0])[c] + vectors.of(rows[2])[c]);
    }
    asked.insert(asked.end(), rows.begin(), rows.begin() + 3);
    offsets.push_back(asked.size());
    answers.push_back(rows[3]);
  }
  std::vector<uint32_t> found(answers.size());
  std::vector<float> scores(answers.size());
  wm_search_options options{};
  options.metric = WM_COSINE;
  options.k = 1;
  options.last_row = UINT64_MAX;
  options.exclude_offsets = offsets.data();
  options.exclude = asked.data();
  must("questions", [&](wm_error* error) {
    return wm_search(vectors.table.get(), queries.data(), answers.size(), &options, found.data(), scores.data(), error);
  });
  uint64_t right = 0;
  for (size_t i = 0; i < answers.size(); ++i) right += found[i] == answers[i] ? 1 : 0;
  return answers.empty() ? 0.0 : static_cast<double>(right) / static_cast<double>(answers.size());
}

/// Ranks from 1; equal numbers share the mean of theirs.
std::vector<double> ranksOf(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (size_t i = 0; i < order.size();) {
    size_t end = i;
    while (end < order.size() && values[order[end]] == values[order[i]]) ++end;
    for (size_t k = i; k < end; ++k) ranks[order[k]] = static_cast<double>(i + end + 1) / 2.0;
    i = end;
  }
  return ranks;
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  const double meanX = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double meanY = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xy = 0.0;
  double xx = 0.0;
  double yy = 0.0;
  for (size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - meanX) * (y[i] - meanY);
    xx += (x[i] - meanX) * (x[i] - meanX);
    yy += (y[i] - meanY) * (y[i] - meanY);
  }
  return xx > 0.0 && yy > 0.0 ? xy / std::sqrt(xx * yy) : 0.0;
}

/// Rank correlation (Spearman) of cosines with people's scores of pairs.
double similarities(const Vectors& vectors, const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<double> given;
  std::vector<double> computed;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(lowerCase(line));
    std::string a;
    std::string b;
    double score = 0.0;
    if (!(fields >> a >> b >> score) || vectors.find(a) < 0 || vectors.find(b) < 0) continue;
    const float* const x = vectors.of(static_cast<uint32_t>(vectors.find(a)));
    const float* const y = vectors.of(static_cast<uint32_t>(vectors.find(b)));
    given.push_back(score);
    computed.push_back(std::inner_product(x, x + kColumns, y, 0.0));
  }
  return given.empty() ? 0.0 : correlation(ranksOf(given), ranksOf(computed));
}

struct Trained {
  Vectors vectors;
  double loss;
};

Trained train(const wm_view* view, const wm_device* device, wm_architecture architecture) {
  wm_view_info info;
  wm_view_describe(view, &info);
  const auto table = [&] {
    return make<wm_table>("table", [&](wm_table** out, wm_error* error) {
      return wm_table_create(WM_F32, info.rows, kColumns, out, error);
    });
  };
  const auto input = table();
  const auto output = table();
  must("table", [&](wm_error* error) {
    const float range = 0.5F / static_cast<float>(kColumns);
    return wm_table_fill_uniform(input.get(), 0, info.rows, -range, range, 1, error);
  });
  wm_window_tables tables{};
  tables.input = input.get();
  tables.output = output.get();
  wm_window_options options{};
  options.architecture = architecture;
  options.objectives = WM_NEGATIVE_SAMPLING;
  options.mean = 1;
  options.dynamic_window = 1;
  options.window_size = 5;
  options.negative_samples = 5;
  options.negative_exponent = 0.75;
  options.sample = 1e-4;
  options.learning_rate = architecture == WM_CBOW ? 0.05 : 0.025;
  options.learning_rate_end = 0.0001;
  options.epochs = 5;
  options.seed = 1;
  options.device = device;
  const auto job = make<wm_job>("training", [&](wm_job** out, wm_error* error) {
    return wm_window_job_create(view, &tables, &options, out, error);
  });
  wm_job_progress progress;
  wm_job_poll(job.get(), &progress);
  must("training", [&](wm_error* error) { return wm_job_submit(job.get(), 0, progress.blocks, error); });
  must("training", [&](wm_error* error) { return wm_job_wait(job.get(), error); });
  wm_job_poll(job.get(), &progress);
  return {vectorsOf(view, input.get()), progress.loss_sum / static_cast<double>(progress.examples)};
}

}  // namespace

void measureQuality(const wm_device* device, const Scale&, const QualityFiles& files, Report& report) {
  const auto corpus = readText(files.text);
  wm_view_options options{};
  options.min_count = 5;
  options.max_sentence_length = 1000;
  const auto view = make<wm_view>(
      "text", [&](wm_view** out, wm_error* error) { return wm_view_create(corpus.get(), &options, out, error); });
  for (const wm_architecture architecture : {WM_SKIP_GRAM, WM_CBOW}) {
    const char* const name = architecture == WM_SKIP_GRAM ? "skip-gram, d 100, 5 epochs" : "CBOW, d 100, 5 epochs";
    std::fprintf(stderr, "%s of %s ..\n", name, files.text.c_str());
    const Trained processor = train(view.get(), nullptr, architecture);
    const Trained onDevice = train(view.get(), device, architecture);
    // The loss is no quality: it is told as its opposite, so that more is better, and may be 2 % off.
    report.qualities.push_back({name, "-mean loss", -processor.loss, -onDevice.loss, 0.02 * processor.loss});
    if (!files.pairs.empty()) {
      report.qualities.push_back({name, "WordSim353 (Spearman)", similarities(processor.vectors, files.pairs),
                                  similarities(onDevice.vectors, files.pairs), 0.01});
    }
    if (!files.questions.empty()) {
      report.qualities.push_back({name, "analogies", analogies(processor.vectors, files.questions),
                                  analogies(onDevice.vectors, files.questions), 0.01});
    }
  }
}
