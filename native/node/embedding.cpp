#include "embedding.h"

#include <vector>

#include "arguments.h"
#include "table.h"

namespace wordmill::node {
namespace {

constexpr Choices kModes = {{"sum", WM_BAG_SUM}, {"mean", WM_BAG_MEAN}, {"max", WM_BAG_MAX}};
constexpr Choices kRules = {{"sgd", WM_SGD}, {"adagrad", WM_ADAGRAD}, {"adam", WM_ADAM}, {"adamw", WM_ADAMW}};
constexpr Choices kShapes = {{"constant", WM_RATE_CONSTANT}, {"linear", WM_RATE_LINEAR}, {"cosine", WM_RATE_COSINE}};

wm_embedding_info describeEmbedding(const wm_embedding* embedding) {
  wm_embedding_info about;
  wm_embedding_describe(embedding, &about);
  return about;
}

/// rows x columns numbers, or an error.
float* toMatrix(const Napi::Value& value, const char* name, uint64_t rows, uint64_t columns) {
  const Span<float> numbers = toFloats(value, name);
  const uint64_t expected = multiply(value.Env(), name, rows, columns);
  if (numbers.size != expected) {
    refuse(value.Env(), name,
           "expected " + std::to_string(rows) + " x " + std::to_string(columns) + " = " + std::to_string(expected) +
               " numbers, got " + std::to_string(numbers.size));
  }
  return numbers.data;
}

/// A copy: what is checked must be what is used, though the memory may be that of a result, or another thread's.
std::vector<uint32_t> toIds(const Napi::Value& value, const char* name) {
  const Span<uint32_t> given = toUint32s(value, name);
  return {given.data, given.data + given.size};
}

/// The bags of an options object, and the memory they point to.
struct Bags {
  explicit Bags(const Napi::Value& value) : fields(value, "bags"), mode(fields.choice("mode", kModes)) {
    const Napi::Value givenIds = fields.get("ids");
    const Napi::Value givenOffsets = fields.get("offsets");
    const Napi::Value givenWeights = fields.get("weights");
    ids = toIds(givenIds, "ids");
    offsets = toIds(givenOffsets, "offsets");
    const bool hasWeights = !givenWeights.IsUndefined();
    if (hasWeights) {
      const float* const from = toMatrix(givenWeights, "weights", ids.size(), 1);
      weights.assign(from, from + ids.size());
    }
    bags = {mode, ids.data(), ids.size(), offsets.data(), offsets.size(), hasWeights ? weights.data() : nullptr};
  }

  Fields fields;
  int32_t mode;
  std::vector<uint32_t> ids;
  std::vector<uint32_t> offsets;
  std::vector<float> weights;
  wm_bags bags;
};

wm_optimizer_options toOptimizer(const Napi::Value& value) {
  const Fields fields(value, "options");
  wm_optimizer_options options{};
  options.rule = fields.choice("optimizer", kRules);
  options.momentum = fields.number("momentum");
  options.beta1 = fields.number("beta1");
  options.beta2 = fields.number("beta2");
  options.epsilon = fields.number("epsilon");
  options.weight_decay = fields.number("weightDecay");
  return options;
}

}  // namespace

Napi::Function Embedding::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&Embedding::describe>("describe"),
                         InstanceMethod<&Embedding::forward>("forward"),
                         InstanceMethod<&Embedding::backward>("backward"),
                         InstanceMethod<&Embedding::bag>("bag"),
                         InstanceMethod<&Embedding::bagBackward>("bagBackward"),
                         InstanceMethod<&Embedding::logits>("logits"),
                         InstanceMethod<&Embedding::logitsBackward>("logitsBackward"),
                         InstanceMethod<&Embedding::step>("step"),
                         InstanceMethod<&Embedding::zeroGradient>("zeroGradient"),
                         InstanceMethod<&Embedding::freeze>("freeze"),
                         InstanceMethod<&Embedding::gradient>("gradient"),
                         InstanceMethod("dispose", &Embedding::dispose),
                     });
}

Napi::Object Embedding::makeOf(Napi::Env env, wm_embedding* embedding) {
  return make(env, EmbeddingHandle(embedding, wm_embedding_release));
}

// void wm_embedding_describe(const wm_embedding* embedding, wm_embedding_info* out);
Napi::Value Embedding::describe(const Napi::CallbackInfo& info) {
  const wm_embedding_info about = describeEmbedding(use(info.Env()).get());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("rows", fromSize(about.rows));
  result.Set("columns", fromSize(about.columns));
  result.Set("gradientRows", fromSize(about.gradient_rows));
  result.Set("steps", fromSize(about.steps));
  result.Set("bytes", fromSize(about.bytes));
  return result;
}

// wm_code wm_embedding_forward(wm_embedding* embedding, const uint32_t* ids, uint64_t n, float* out, wm_error* error);
void Embedding::forward(const Napi::CallbackInfo& info) {
  const EmbeddingHandle embedding = use(info.Env());
  const std::vector<uint32_t> ids = toIds(info[0], "ids");
  float* const out = toMatrix(info[1], "out", ids.size(), describeEmbedding(embedding.get()).columns);
  wm_error error;
  check(info.Env(), wm_embedding_forward(embedding.get(), ids.data(), ids.size(), out, &error), error);
}

// wm_code wm_embedding_backward(wm_embedding* embedding, const uint32_t* ids, uint64_t n, const float* gradients,
//                               wm_error* error);
void Embedding::backward(const Napi::CallbackInfo& info) {
  const EmbeddingHandle embedding = use(info.Env());
  const std::vector<uint32_t> ids = toIds(info[0], "ids");
  const float* const gradients = toMatrix(info[1], "gradient", ids.size(), describeEmbedding(embedding.get()).columns);
  wm_error error;
  check(info.Env(), wm_embedding_backward(embedding.get(), ids.data(), ids.size(), gradients, &error), error);
  report(info.Env(), describeEmbedding(embedding.get()).bytes);
}

// wm_code wm_embedding_bag(wm_embedding* embedding, const wm_bags* bags, float* out, wm_error* error);
void Embedding::bag(const Napi::CallbackInfo& info) {
  const EmbeddingHandle embedding = use(info.Env());
  const Bags bags(info[0]);
  float* const out = toMatrix(info[1], "out", bags.offsets.size(), describeEmbedding(embedding.get()).columns);
  wm_error error;
  check(info.Env(), wm_embedding_bag(embedding.get(), &bags.bags, out, &error), error);
}

// wm_code wm_embedding_bag_backward(wm_embedding* embedding, const wm_bags* bags, const float* gradients,
//                                   float* weight_gradients, wm_error* error);
void Embedding::bagBackward(const Napi::CallbackInfo& info) {
  const EmbeddingHandle embedding = use(info.Env());
  const Bags bags(info[0]);
  const float* const gradients =
      toMatrix(info[1], "gradient", bags.offsets.size(), describeEmbedding(embedding.get()).columns);
  float* const weights = info[2].IsUndefined() ? nullptr : toMatrix(info[2], "weightGradient", bags.ids.size(), 1);
  wm_error error;
  check(info.Env(), wm_embedding_bag_backward(embedding.get(), &bags.bags, gradients, weights, &error), error);
  report(info.Env(), describeEmbedding(embedding.get()).bytes);
}

// wm_code wm_embedding_logits(const wm_embedding* embedding, const float* hidden, uint64_t n, float* out,
//                             wm_error* error);
void Embedding::logits(const Napi::CallbackInfo& info) {
  const EmbeddingHandle embedding = use(info.Env());
  const wm_embedding_info about = describeEmbedding(embedding.get());
  const uint64_t n = toFloats(info[0], "hidden").size / about.columns;
  const float* const hidden = toMatrix(info[0], "hidden", n, about.columns);
  float* const out = toMatrix(info[1], "out", n, about.rows);
  wm_error error;
  check(info.Env(), wm_embedding_logits(embedding.get(), hidden, n, out, &error), error);
}

// wm_code wm_embedding_logits_backward(wm_embedding* embedding, const float* hidden, uint64_t n,
//                                      const float* gradients, float* hidden_gradients, wm_error* error);
void Embedding::logitsBackward(const Napi::CallbackInfo& info) {
  const EmbeddingHandle embedding = use(info.Env());
  const wm_embedding_info about = describeEmbedding(embedding.get());
  const uint64_t n = toFloats(info[0], "hidden").size / about.columns;
  const float* const hidden = toMatrix(info[0], "hidden", n, about.columns);
  const float* const gradients = toMatrix(info[1], "gradient", n, about.rows);
  float* const hiddenGradients =
      info[2].IsUndefined() ? nullptr : toMatrix(info[2], "hiddenGradient", n, about.columns);
  wm_error error;
  check(info.Env(), wm_embedding_logits_backward(embedding.get(), hidden, n, gradients, hiddenGradients, &error),
        error);
  report(info.Env(), describeEmbedding(embedding.get()).bytes);
}

// wm_code wm_embedding_step(wm_embedding* embedding, const wm_optimizer_options* options, double learning_rate,
//                           wm_error* error);
void Embedding::step(const Napi::CallbackInfo& info) {
  const wm_optimizer_options options = toOptimizer(info[0]);
  const double rate = toNumber(info[1], "learningRate");
  const EmbeddingHandle embedding = use(info.Env());
  wm_error error;
  check(info.Env(), wm_embedding_step(embedding.get(), &options, rate, &error), error);
  report(info.Env(), describeEmbedding(embedding.get()).bytes);
}

// wm_code wm_embedding_zero_gradient(wm_embedding* embedding, wm_error* error);
void Embedding::zeroGradient(const Napi::CallbackInfo& info) {
  const EmbeddingHandle embedding = use(info.Env());
  wm_error error;
  check(info.Env(), wm_embedding_zero_gradient(embedding.get(), &error), error);
}

// void wm_embedding_freeze(wm_embedding* embedding, int frozen);
void Embedding::freeze(const Napi::CallbackInfo& info) {
  const bool frozen = toFlag(info[0], "frozen");
  wm_embedding_freeze(use(info.Env()).get(), frozen ? 1 : 0);
}

// wm_code wm_embedding_gradient(const wm_embedding* embedding, uint32_t* rows, float* values, wm_error* error);
Napi::Value Embedding::gradient(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const EmbeddingHandle embedding = use(env);
  const wm_embedding_info about = describeEmbedding(embedding.get());
  Napi::Uint32Array rows = Addon::of(env).makeUint32s(env, about.gradient_rows);
  Napi::Float32Array values = Addon::of(env).makeFloats(env, about.gradient_rows * about.columns);
  wm_error error;
  check(env, wm_embedding_gradient(embedding.get(), rows.Data(), values.Data(), &error), error);
  Napi::Object result = Napi::Object::New(env);
  result.Set("rows", rows);
  result.Set("values", values);
  return result;
}

// wm_code wm_embedding_create(wm_table* table, const wm_embedding_options* options, wm_embedding** out,
//                             wm_error* error);
Napi::Value createEmbedding(const Napi::CallbackInfo& info) {
  const Fields fields(info[1], "options");
  const Napi::Value padding = fields.get("paddingIndex");
  wm_embedding_options options{};
  options.padding_row = padding.IsUndefined() ? -1 : static_cast<int64_t>(toCount(padding, "paddingIndex"));
  options.max_norm = fields.number("maxNorm");
  options.norm_type = fields.number("normType");
  options.scale_by_frequency = fields.flag("scaleByFrequency") ? 1 : 0;
  options.threads = fields.count("threads");
  const TableHandle table = Table::use(info[0], "table");
  wm_embedding* embedding;
  wm_error error;
  check(info.Env(), wm_embedding_create(table.get(), &options, &embedding, &error), error);
  return Embedding::makeOf(info.Env(), embedding);
}

// wm_code wm_schedule_rate(const wm_schedule* schedule, uint64_t step, double* out, wm_error* error);
Napi::Value scheduledRate(const Napi::CallbackInfo& info) {
  const Fields fields(info[0], "schedule");
  wm_schedule schedule{};
  schedule.shape = fields.choice("schedule", kShapes);
  schedule.warmup_steps = fields.size("warmupSteps");
  schedule.total_steps = fields.size("totalSteps");
  schedule.learning_rate = fields.number("learningRate");
  schedule.final_rate = fields.number("finalRate");
  double rate;
  wm_error error;
  check(info.Env(), wm_schedule_rate(&schedule, toSize(info[1], "step"), &rate, &error), error);
  return Napi::Number::New(info.Env(), rate);
}

}  // namespace wordmill::node
