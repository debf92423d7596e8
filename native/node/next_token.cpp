#include "next_token.h"

#include <algorithm>

#include "arguments.h"
#include "device.h"
#include "job.h"
#include "signal.h"

namespace wordmill::node {
namespace {

TableHandle optionalTable(const Napi::Value& value, const char* name) {
  return value.IsUndefined() ? TableHandle() : Table::use(value, name);
}

/// NextTokenTables of binding.ts, with what `native` points to.
struct NextTokenTables {
  explicit NextTokenTables(const Napi::Value& value) {
    const Fields fields(value, "tables");
    input = Table::use(fields.get("input"), "input");
    map = optionalTable(fields.get("map"), "map");
    output = optionalTable(fields.get("output"), "output");
    bias = Table::use(fields.get("bias"), "bias");
    const Napi::Value given = fields.get("counts");
    if (!given.IsUndefined()) {
      const Span<uint64_t> all = toUint64s(given, "counts");
      wm_table_info about;
      wm_table_describe(input.get(), &about);
      if (all.size != about.rows) refuse(value.Env(), "counts", "expected one count for each row of input");
      counts.assign(all.data, all.data + all.size);
      native.counts = counts.data();
    }
    native.counted_only = fields.flag("countedOnly");
    native.input = input.get();
    native.map = map.get();
    native.output = output.get();
    native.bias = bias.get();
  }
  NextTokenTables(const NextTokenTables&) = delete;

  TableHandle input;
  TableHandle map;
  TableHandle output;
  TableHandle bias;
  std::vector<uint64_t> counts;
  wm_next_token_tables native{};
};

/// NextTokenOptions of binding.ts.
wm_next_token_options toNextTokenOptions(const Napi::Value& value) {
  const Fields fields(value, "options");
  wm_next_token_options options{};
  options.context = fields.choice("context", {{"mean", WM_CONTEXT_MEAN}, {"concatenated", WM_CONTEXT_CONCATENATED}});
  options.context_size = fields.count("contextSize");
  options.objective = fields.choice("objective", {{"softmax", WM_NEXT_TOKEN_SOFTMAX},
                                                  {"hierarchical-softmax", WM_NEXT_TOKEN_TREE},
                                                  {"sampled-softmax", WM_NEXT_TOKEN_SAMPLED}});
  options.samples = fields.count("negativeSamples");
  options.sample_exponent = fields.number("negativeExponent");
  options.batch_size = fields.count("batchSize");
  options.optimizer.rule =
      fields.choice("optimizer", {{"sgd", WM_SGD}, {"adagrad", WM_ADAGRAD}, {"adam", WM_ADAM}, {"adamw", WM_ADAMW}});
  options.optimizer.momentum = fields.number("momentum");
  options.optimizer.beta1 = fields.number("beta1");
  options.optimizer.beta2 = fields.number("beta2");
  options.optimizer.epsilon = fields.number("epsilon");
  options.optimizer.weight_decay = fields.number("weightDecay");
  options.schedule = fields.choice(
      "schedule", {{"constant", WM_RATE_CONSTANT}, {"linear", WM_RATE_LINEAR}, {"cosine", WM_RATE_COSINE}});
  options.warmup = fields.number("warmup");
  options.learning_rate = fields.number("learningRate");
  options.learning_rate_end = fields.number("learningRateEnd");
  options.epochs = fields.size("epochs");
  options.seed = fields.seed("seed");
  options.threads = fields.count("threads");
  return options;
}

wm_sequence_info describeSequence(const wm_sequence* sequence) {
  wm_sequence_info about;
  wm_sequence_describe(sequence, &about);
  return about;
}

}  // namespace

Napi::Function Sequence::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&Sequence::describe>("describe"),
                         InstanceMethod<&Sequence::counts>("counts"),
                         InstanceMethod<&Sequence::baselines>("baselines"),
                         InstanceMethod<&Sequence::nextTokenJob>("nextTokenJob"),
                         InstanceMethod<&Sequence::nextTokenLoss>("nextTokenLoss"),
                         InstanceMethod("dispose", &Sequence::dispose),
                     });
}

// void wm_sequence_release(wm_sequence* sequence);
Napi::Object Sequence::makeOf(Napi::Env env, wm_sequence* sequence) {
  const uint64_t tokens = describeSequence(sequence).tokens;
  return make(env, SequenceHandle(sequence, wm_sequence_release), tokens * 4 + tokens / 8);
}

// void wm_sequence_describe(const wm_sequence* sequence, wm_sequence_info* out);
Napi::Value Sequence::describe(const Napi::CallbackInfo& info) {
  const wm_sequence_info about = describeSequence(use(info.Env()).get());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("tokens", fromSize(about.tokens));
  result.Set("sentences", fromSize(about.sentences));
  result.Set("rows", fromSize(about.rows));
  return result;
}

// const uint64_t* wm_sequence_counts(const wm_sequence* sequence);
Napi::Value Sequence::counts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SequenceHandle sequence = use(env);
  const uint64_t rows = describeSequence(sequence.get()).rows;
  Napi::BigUint64Array out = Addon::of(env).makeUint64s(env, rows);
  const uint64_t* counts = wm_sequence_counts(sequence.get());
  std::copy(counts, counts + rows, out.Data());
  return out;
}

// wm_code wm_sequence_baselines(const wm_sequence* training, const wm_sequence* held_out, const wm_signal* signal,
//                               wm_baselines* out, wm_error* error);
Napi::Value Sequence::baselines(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SequenceHandle training = use(env);
  const SequenceHandle heldOut = use(info[0], "heldOut");
  const SignalHandle signal = Signal::orNew(info[1], "signal");
  auto found = std::make_shared<wm_baselines>();
  Task task;
  task.length = Length::kLong;
  task.signal = signal;
  task.work = [=](wm_error* error) {
    return wm_sequence_baselines(training.get(), heldOut.get(), signal.get(), found.get(), error);
  };
  task.result = [found](Napi::Env e) {
    Napi::Object result = Napi::Object::New(e);
    result.Set("unigram", found->unigram);
    result.Set("bigram", found->bigram);
    result.Set("bigramK", found->bigram_k);
    return result;
  };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_next_token_job_create(const wm_sequence* sequence, const wm_next_token_tables* tables,
//                                  const wm_next_token_options* options, wm_job** out, wm_error* error);
Napi::Value Sequence::nextTokenJob(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SequenceHandle sequence = use(env);
  const wm_next_token_options options = toNextTokenOptions(info[1]);
  const DeviceChoice device(info[1]);
  const auto tables = std::make_shared<NextTokenTables>(info[0]);
  return Job::makeLater(env, [sequence, options, device, tables](wm_job** out, wm_error* error) {
    wm_next_token_options chosen = options;
    chosen.device = device.native();
    return wm_next_token_job_create(sequence.get(), &tables->native, &chosen, out, error);
  });
}

// wm_code wm_next_token_loss(const wm_sequence* sequence, const wm_next_token_tables* tables,
//                            const wm_next_token_options* options, const wm_signal* signal, double* out,
//                            wm_error* error);
Napi::Value Sequence::nextTokenLoss(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SequenceHandle sequence = use(env);
  const wm_next_token_options options = toNextTokenOptions(info[1]);
  const SignalHandle signal = Signal::orNew(info[2], "signal");
  auto tables = std::make_shared<NextTokenTables>(info[0]);
  auto loss = std::make_shared<double>(0.0);
  Task task;
  task.length = Length::kLong;
  task.signal = signal;
  task.work = [=](wm_error* error) {
    return wm_next_token_loss(sequence.get(), &tables->native, &options, signal.get(), loss.get(), error);
  };
  task.result = [loss](Napi::Env e) { return Napi::Number::New(e, *loss); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_next_token_predict(const wm_next_token_tables* tables, const wm_next_token_options* options,
//                               const uint32_t* tokens, uint64_t count, float* out, wm_error* error);
Napi::Value nextTokenProbabilities(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const wm_next_token_options options = toNextTokenOptions(info[1]);
  auto tables = std::make_shared<NextTokenTables>(info[0]);
  const Span<uint32_t> given = toUint32s(info[2], "tokens");
  auto tokens = std::make_shared<std::vector<uint32_t>>(given.data, given.data + given.size);
  wm_table_info about;
  wm_table_describe(tables->input.get(), &about);
  Napi::Float32Array out = Addon::of(env).makeFloats(env, about.rows);
  Task task;
  task.work = [tables, options, tokens, data = out.Data()](wm_error* error) {
    return wm_next_token_predict(&tables->native, &options, tokens->data(), tokens->size(), data, error);
  };
  auto kept = std::make_shared<Napi::ObjectReference>(Napi::Persistent(out.As<Napi::Object>()));
  task.result = [kept](Napi::Env) { return kept->Value(); };
  return Addon::of(env).start(env, std::move(task));
}

}  // namespace wordmill::node
