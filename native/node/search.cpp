#include <memory>
#include <vector>

#include "device.h"
#include "signal.h"
#include "table.h"

namespace wordmill::node {
namespace {

template <class T>
std::vector<T> copyOf(const Span<T>& span) {
  return std::vector<T>(span.data, span.data + span.size);
}

/// Everything one search needs, copied out of JavaScript, and where its result goes.
struct Search {
  TableHandle table;
  std::vector<float> queries;
  uint64_t count = 0;
  std::vector<uint64_t> excludeOffsets;
  std::vector<uint32_t> exclude;
  std::vector<uint8_t> allowed;
  SignalHandle signal;
  DeviceChoice device;
  wm_search_options options{};
  Napi::ObjectReference rows;
  Napi::ObjectReference scores;
  uint32_t* rowsData = nullptr;
  float* scoresData = nullptr;

  wm_code run(wm_error* error) {
    return wm_search(table.get(), queries.data(), count, &options, rowsData, scoresData, error);
  }

  Napi::Value result(Napi::Env env) const {
    Napi::Object made = Napi::Object::New(env);
    made.Set("rows", rows.Value());
    made.Set("scores", scores.Value());
    return made;
  }
};

uint64_t countQueries(Napi::Env env, uint64_t numbers, uint64_t columns) {
  if (columns == 0 || numbers % columns != 0) {
    refuse(env, "queries",
           "expected a multiple of " + std::to_string(columns) + " numbers, got " + std::to_string(numbers));
  }
  return numbers / columns;
}

void takeExclude(Napi::Env env, Search& search, const Napi::Value& exclude, const Napi::Value& offsets) {
  if (exclude.IsUndefined() && offsets.IsUndefined()) return;
  search.exclude = copyOf(toUint32s(exclude, "exclude"));
  const Span<uint32_t> given = toUint32s(offsets, "excludeOffsets");
  if (given.size != search.count + 1) {
    refuse(env, "excludeOffsets",
           "expected one more than there are queries (" + std::to_string(search.count + 1) + "), got " +
               std::to_string(given.size));
  }
  for (uint64_t i = 0; i < given.size; i++) {
    if (given.data[i] > search.exclude.size() || (i > 0 && given.data[i] < given.data[i - 1])) {
      refuse(env, "excludeOffsets", "expected ascending offsets into exclude; wrong at " + std::to_string(i));
    }
  }
  search.excludeOffsets.assign(given.data, given.data + given.size);
  search.options.exclude_offsets = search.excludeOffsets.data();
  search.options.exclude = search.exclude.data();
}

std::shared_ptr<Search> makeSearch(const Napi::CallbackInfo& info, TableHandle table) {
  const Napi::Env env = info.Env();
  auto search = std::make_shared<Search>();
  const wm_table_info shape = describeTable(table.get());
  search->table = std::move(table);
  const Fields fields(info[1], "options");
  wm_search_options& options = search->options;
  options.metric = fields.choice("metric", kMetrics);
  options.k = fields.count("k");
  options.first_row = fields.size("firstRow", 0);
  options.last_row = fields.size("lastRow", UINT64_MAX);
  options.threads = fields.count("threads", 0);
  search->device = DeviceChoice(info[1]);
  options.device = search->device.native();
  const Napi::Value exclude = fields.get("exclude");
  const Napi::Value excludeOffsets = fields.get("excludeOffsets");
  const Napi::Value allowed = fields.get("allowed");
  search->signal = Signal::orNew(fields.get("signal"), "signal");
  options.signal = search->signal.get();

  search->queries = copyOf(toFloats(info[0], "queries"));
  search->count = countQueries(env, search->queries.size(), shape.columns);
  takeExclude(env, *search, exclude, excludeOffsets);
  if (!allowed.IsUndefined()) {
    search->allowed = copyOf(toBytes(allowed, "allowed"));
    if (search->allowed.size() != shape.rows) {
      refuse(env, "allowed",
             "expected one byte for each of " + std::to_string(shape.rows) + " rows, got " +
                 std::to_string(search->allowed.size()));
    }
    options.allowed = search->allowed.data();
  }

  const uint64_t places = multiply(env, "k", search->count, options.k);
  Napi::Uint32Array rows = Addon::of(env).makeUint32s(env, places);
  Napi::Float32Array scores = Addon::of(env).makeFloats(env, places);
  search->rowsData = rows.Data();
  search->scoresData = scores.Data();
  search->rows = Napi::Persistent(rows.As<Napi::Object>());
  search->scores = Napi::Persistent(scores.As<Napi::Object>());
  return search;
}

struct Scores {
  TableHandle table;
  std::vector<float> queries;
  uint64_t count;
  wm_metric metric;
  uint32_t threads;
  SignalHandle signal;
  Napi::ObjectReference out;
  float* outData;

  wm_code run(wm_error* error) const {
    return wm_scores(table.get(), queries.data(), count, metric, threads, signal.get(), outData, error);
  }
};

std::shared_ptr<Scores> makeScores(const Napi::CallbackInfo& info, TableHandle table, const Napi::Value& signal) {
  const Napi::Env env = info.Env();
  auto scores = std::make_shared<Scores>();
  const wm_table_info shape = describeTable(table.get());
  scores->table = std::move(table);
  scores->queries = copyOf(toFloats(info[0], "queries"));
  scores->count = countQueries(env, scores->queries.size(), shape.columns);
  scores->metric = static_cast<wm_metric>(toChoice(info[1], "metric", kMetrics));
  scores->threads = toCount(info[2], "threads");
  scores->signal = Signal::orNew(signal, "signal");
  Napi::Float32Array out = Addon::of(env).makeFloats(env, multiply(env, "queries", scores->count, shape.rows));
  scores->outData = out.Data();
  scores->out = Napi::Persistent(out.As<Napi::Object>());
  return scores;
}

}  // namespace

// wm_code wm_search(const wm_table* table, const float* queries, uint64_t n, const wm_search_options* options,
//                   uint32_t* rows, float* scores, wm_error* error);
Napi::Value Table::search(const Napi::CallbackInfo& info) {
  auto search = makeSearch(info, use(info.Env()));
  Task task;
  task.signal = search->signal;
  task.work = [search](wm_error* error) { return search->run(error); };
  task.result = [search](Napi::Env env) { return search->result(env); };
  return Addon::of(info.Env()).start(info.Env(), std::move(task));
}

Napi::Value Table::searchSync(const Napi::CallbackInfo& info) {
  auto search = makeSearch(info, use(info.Env()));
  wm_error error;
  check(info.Env(), search->run(&error), error);
  return search->result(info.Env());
}

// wm_code wm_scores(const wm_table* table, const float* queries, uint64_t n, wm_metric metric, uint32_t threads,
//                   const wm_signal* signal, float* out, wm_error* error);
Napi::Value Table::scores(const Napi::CallbackInfo& info) {
  auto scores = makeScores(info, use(info.Env()), info[3]);
  Task task;
  task.signal = scores->signal;
  task.work = [scores](wm_error* error) { return scores->run(error); };
  task.result = [scores](Napi::Env) { return scores->out.Value(); };
  return Addon::of(info.Env()).start(info.Env(), std::move(task));
}

Napi::Value Table::scoresSync(const Napi::CallbackInfo& info) {
  auto scores = makeScores(info, use(info.Env()), info.Env().Undefined());
  wm_error error;
  check(info.Env(), scores->run(&error), error);
  return scores->out.Value();
}

}  // namespace wordmill::node
