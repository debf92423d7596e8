#include "view.h"

#include "arguments.h"
#include "cooccurrence.h"
#include "device.h"
#include "job.h"
#include "next_token.h"
#include "signal.h"
#include "subwords.h"
#include "window.h"

namespace wordmill::node {
namespace {

wm_view_info describeView(const wm_view* view) {
  wm_view_info about;
  wm_view_describe(view, &about);
  return about;
}

KeysHandle optionalKeys(const Napi::Value& value, const char* name) {
  return value.IsUndefined() ? KeysHandle() : Keys::use(value, name);
}

}  // namespace

ViewOptions::ViewOptions(const Napi::Value& value) {
  const Fields fields(value, "options");
  native.min_count = fields.size("minCount");
  native.max_vocabulary = fields.size("maxVocabulary");
  native.sentence = fields.choice("sentence", {{"line", WM_SENTENCE_LINE}, {"fixed", WM_SENTENCE_FIXED}});
  native.max_sentence_length = fields.count("maxSentenceLength");
  native.line_end_token = fields.flag("lineEndToken");
  keep = optionalKeys(fields.get("keep"), "keep");
  drop = optionalKeys(fields.get("drop"), "drop");
  vocabulary = optionalKeys(fields.get("vocabulary"), "vocabulary");
  const Napi::Value counts = fields.get("vocabularyCounts");
  if (!counts.IsUndefined()) {
    const Span<uint64_t> given = toUint64s(counts, "vocabularyCounts");
    if (!vocabulary || given.size != wm_keys_size(vocabulary.get())) {
      refuse(value.Env(), "vocabularyCounts", "expected one count for each word of vocabulary");
    }
    vocabularyCounts.assign(given.data, given.data + given.size);
    native.vocabulary_counts = vocabularyCounts.data();
  }
  native.keep = keep.get();
  native.drop = drop.get();
  native.vocabulary = vocabulary.get();
}

Napi::Function View::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&View::describe>("describe"),
                         InstanceMethod<&View::keys>("keys"),
                         InstanceMethod<&View::counts>("counts"),
                         InstanceMethod<&View::read>("read"),
                         InstanceMethod<&View::bigrams>("bigrams"),
                         InstanceMethod<&View::countCooccurrences>("countCooccurrences"),
                         InstanceMethod<&View::subwords>("subwords"),
                         InstanceMethod<&View::sequence>("sequence"),
                         InstanceMethod<&View::windowJob>("windowJob"),
                         InstanceMethod<&View::windowScore>("windowScore"),
                         InstanceMethod("dispose", &View::dispose),
                     });
}

// void wm_view_describe(const wm_view* view, wm_view_info* out);
Napi::Value View::describe(const Napi::CallbackInfo& info) {
  const wm_view_info about = describeView(use(info.Env()).get());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("rows", fromSize(about.rows));
  result.Set("tokens", fromSize(about.tokens));
  result.Set("sentences", fromSize(about.sentences));
  result.Set("droppedWords", fromSize(about.dropped_words));
  result.Set("segments", fromSize(about.segments));
  result.Set("blocks", fromSize(about.blocks));
  return result;
}

// const wm_keys* wm_view_keys(const wm_view* view);
Napi::Value View::keys(const Napi::CallbackInfo& info) {
  const ViewHandle view = use(info.Env());
  return Keys::make(info.Env(), KeysHandle(view, wm_view_keys(view.get())));
}

// const uint64_t* wm_view_counts(const wm_view* view);
Napi::Value View::counts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ViewHandle view = use(env);
  const uint64_t rows = describeView(view.get()).rows;
  Napi::BigUint64Array out = Addon::of(env).makeUint64s(env, rows);
  const uint64_t* counts = wm_view_counts(view.get());
  std::copy(counts, counts + rows, out.Data());
  return out;
}

// wm_code wm_view_read(const wm_view* view, uint64_t first_segment, uint64_t count, uint32_t* out, uint64_t* n,
//                      wm_error* error);
Napi::Value View::read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ViewHandle view = use(env);
  const uint64_t first = toSize(info[0], "firstSegment");
  const uint64_t count = toSize(info[1], "count");
  uint64_t n = 0;
  wm_error error;
  const wm_code code = wm_view_read(view.get(), first, count, nullptr, &n, &error);
  if (code != WM_OK && code != WM_ERR_LIMIT) throw makeError(env, error);
  Napi::Uint32Array out = Addon::of(env).makeUint32s(env, code == WM_OK ? 0 : n);
  if (code == WM_ERR_LIMIT) check(env, wm_view_read(view.get(), first, count, out.Data(), &n, &error), error);
  return out;
}

// wm_code wm_bigrams_count(const wm_view* view, uint64_t min_count, uint32_t threads, const wm_signal* signal,
//                          wm_bigram** out, uint64_t* count, wm_error* error);
// void wm_bigrams_release(wm_bigram* bigrams);
Napi::Value View::bigrams(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ViewHandle view = use(env);
  const uint64_t minCount = toSize(info[0], "minCount");
  const uint32_t threads = toCount(info[1], "threads");
  const SignalHandle signal = Signal::orNew(info[2], "signal");
  struct Made {
    ~Made() { wm_bigrams_release(bigrams); }
    wm_bigram* bigrams = nullptr;
    uint64_t count = 0;
  };
  auto made = std::make_shared<Made>();
  Task task;
  task.length = Length::kLong;
  task.signal = signal;
  task.work = [view, minCount, threads, signal, made](wm_error* error) {
    return wm_bigrams_count(view.get(), minCount, threads, signal.get(), &made->bigrams, &made->count, error);
  };
  task.result = [made](Napi::Env e) {
    const Addon& addon = Addon::of(e);
    Napi::Uint32Array first = addon.makeUint32s(e, made->count);
    Napi::Uint32Array second = addon.makeUint32s(e, made->count);
    Napi::Float64Array counts = addon.makeDoubles(e, made->count);
    uint32_t* firstData = first.Data();
    uint32_t* secondData = second.Data();
    double* countsData = counts.Data();
    for (uint64_t i = 0; i < made->count; i++) {
      firstData[i] = made->bigrams[i].first;
      secondData[i] = made->bigrams[i].second;
      countsData[i] = fromSize(made->bigrams[i].count);
    }
    Napi::Object result = Napi::Object::New(e);
    result.Set("first", first);
    result.Set("second", second);
    result.Set("counts", counts);
    return result;
  };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_cooccurrence_count(const wm_view* view, const wm_count_options* options, wm_signal* signal,
//                               wm_cooccurrence** out, wm_error* error);
Napi::Value View::countCooccurrences(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ViewHandle view = use(env);
  const Fields fields(info[0], "options");
  wm_count_options options{};
  options.window_size = fields.count("windowSize");
  options.symmetric = fields.flag("symmetric");
  options.distance_weighting = fields.flag("distanceWeighting");
  options.threads = fields.count("threads");
  auto storage = std::make_shared<StorageOptions>(info[0]);
  const DeviceChoice device(info[0]);
  const SignalHandle signal = Signal::orNew(info[1], "signal");
  return startMatrix(env, signal, [=](wm_cooccurrence** out, wm_error* error) mutable {
    options.storage = storage->native;
    options.device = device.native();
    return wm_cooccurrence_count(view.get(), &options, signal.get(), out, error);
  });
}

// wm_code wm_subwords_of_view(const wm_view* view, const wm_subword_rules* rules, wm_subwords** out, wm_error* error);
Napi::Value View::subwords(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ViewHandle view = use(env);
  const wm_subword_rules rules = toSubwordRules(info[0]);
  auto made = std::make_shared<wm_subwords*>(nullptr);
  Task task;
  task.work = [=](wm_error* error) { return wm_subwords_of_view(view.get(), &rules, made.get(), error); };
  task.result = [made](Napi::Env e) { return Subwords::makeOf(e, *made); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_sequence_create(const wm_view* view, double held_out, uint64_t seed, int32_t take_held_out,
//                            const wm_signal* signal, wm_sequence** out, wm_error* error);
Napi::Value View::sequence(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ViewHandle view = use(env);
  const Fields fields(info[0], "options");
  const double heldOut = fields.number("heldOut");
  const uint64_t seed = fields.seed("seed");
  const bool takeHeldOut = fields.flag("takeHeldOut");
  const SignalHandle signal = Signal::orNew(info[1], "signal");
  auto made = std::make_shared<wm_sequence*>(nullptr);
  Task task;
  task.length = Length::kLong;
  task.signal = signal;
  task.work = [=](wm_error* error) {
    return wm_sequence_create(view.get(), heldOut, seed, takeHeldOut ? 1 : 0, signal.get(), made.get(), error);
  };
  task.result = [made](Napi::Env e) { return Sequence::makeOf(e, *made); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_window_job_create(const wm_view* view, const wm_window_tables* tables,
//                              const wm_window_options* options, wm_job** out, wm_error* error);
Napi::Value View::windowJob(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ViewHandle view = use(env);
  const wm_window_options options = toWindowOptions(info[1]);
  const DeviceChoice device(info[1]);
  const auto tables = std::make_shared<WindowTables>(info[0], describeView(view.get()).rows);
  return Job::makeLater(env, [view, options, device, tables](wm_job** out, wm_error* error) {
    wm_window_options chosen = options;
    chosen.device = device.native();
    return wm_window_job_create(view.get(), &tables->native, &chosen, out, error);
  });
}

// wm_code wm_window_score(const wm_view* view, const wm_window_tables* tables, const wm_window_options* options,
//                         const wm_signal* signal, double* out, wm_error* error);
Napi::Value View::windowScore(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const ViewHandle view = use(env);
  const wm_view_info about = describeView(view.get());
  const wm_window_options options = toWindowOptions(info[1]);
  const SignalHandle signal = Signal::orNew(info[2], "signal");
  auto tables = std::make_shared<WindowTables>(info[0], about.rows);
  Napi::Float64Array out = Addon::of(env).makeDoubles(env, about.sentences);
  auto kept = std::make_shared<Napi::ObjectReference>(Napi::Persistent(out.As<Napi::Object>()));
  Task task;
  task.length = Length::kLong;
  task.signal = signal;
  task.work = [view, tables, options, signal, data = out.Data()](wm_error* error) {
    return wm_window_score(view.get(), &tables->native, &options, signal.get(), data, error);
  };
  task.result = [kept](Napi::Env) { return kept->Value(); };
  return Addon::of(env).start(env, std::move(task));
}

}  // namespace wordmill::node
