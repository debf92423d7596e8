#include "subwords.h"

#include <vector>

#include "arguments.h"
#include "key_text.h"
#include "keys.h"
#include "signal.h"
#include "table.h"

namespace wordmill::node {
namespace {

wm_subwords_info describeSubwords(const wm_subwords* subwords) {
  wm_subwords_info about;
  wm_subwords_describe(subwords, &about);
  return about;
}

/// `out` must hold `rows` vectors of the table.
Span<float> toVectors(const Napi::Value& value, const wm_table* table, uint64_t rows) {
  const Span<float> out = toFloats(value, "out");
  wm_table_info about;
  wm_table_describe(table, &about);
  const uint64_t expected = multiply(value.Env(), "out", rows, about.columns);
  if (out.size != expected) {
    refuse(value.Env(), "out", "expected room for " + std::to_string(expected) + " numbers");
  }
  return out;
}

}  // namespace

wm_subword_rules toSubwordRules(const Napi::Value& value) {
  const Fields fields(value, "rules");
  return {fields.count("minLength"), fields.count("maxLength"), fields.count("buckets"), fields.count("hashes", 0)};
}

Napi::Function Subwords::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&Subwords::describe>("describe"),
                         InstanceMethod<&Subwords::buckets>("buckets"),
                         InstanceMethod<&Subwords::rowOf>("rowOf"),
                         InstanceMethod<&Subwords::ngrams>("ngrams"),
                         InstanceMethod<&Subwords::gather>("gather"),
                         InstanceMethod<&Subwords::compose>("compose"),
                         InstanceMethod<&Subwords::composeLater>("composeLater"),
                         InstanceMethod<&Subwords::infer>("infer"),
                         InstanceMethod("dispose", &Subwords::dispose),
                     });
}

Napi::Object Subwords::makeOf(Napi::Env env, wm_subwords* subwords) {
  SubwordsHandle handle(subwords,
                        [](const wm_subwords* released) { wm_subwords_release(const_cast<wm_subwords*>(released)); });
  return make(env, std::move(handle));
}

// void wm_subwords_describe(const wm_subwords* subwords, wm_subwords_info* out);
Napi::Value Subwords::describe(const Napi::CallbackInfo& info) {
  const wm_subwords_info about = describeSubwords(use(info.Env()).get());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("minLength", about.rules.min_length);
  result.Set("maxLength", about.rules.max_length);
  result.Set("buckets", about.rules.buckets);
  result.Set("hashes", about.rules.hashes);
  result.Set("firstRow", about.first_row);
  result.Set("rows", fromSize(about.rows));
  return result;
}

// void wm_subwords_buckets(const wm_subwords* subwords, uint32_t* out);
Napi::Value Subwords::buckets(const Napi::CallbackInfo& info) {
  const SubwordsHandle subwords = use(info.Env());
  Napi::Uint32Array out = Addon::of(info.Env()).makeUint32s(info.Env(), describeSubwords(subwords.get()).rows);
  wm_subwords_buckets(subwords.get(), out.Data());
  return out;
}

// uint32_t wm_subwords_row(const wm_subwords* subwords, uint32_t bucket);
Napi::Value Subwords::rowOf(const Napi::CallbackInfo& info) {
  const SubwordsHandle subwords = use(info.Env());
  const uint32_t row = wm_subwords_row(subwords.get(), toCount(info[0], "bucket"));
  return Napi::Number::New(info.Env(), row == UINT32_MAX ? -1.0 : fromSize(row));
}

// wm_code wm_subwords_ngrams(const wm_subwords* subwords, const uint8_t* word, uint64_t length, wm_ngram* out,
//                            uint64_t* n, wm_error* error);
Napi::Value Subwords::ngrams(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SubwordsHandle subwords = use(env);
  const KeyBytes word(info[0], "word");
  uint64_t n = 0;
  wm_error error;
  wm_code code = wm_subwords_ngrams(subwords.get(), word.data(), word.size(), nullptr, &n, &error);
  if (code != WM_OK && code != WM_ERR_LIMIT) throw makeError(env, error);
  std::vector<wm_ngram> found(n);
  check(env, wm_subwords_ngrams(subwords.get(), word.data(), word.size(), found.data(), &n, &error), error);
  std::vector<uint8_t> padded = {'<'};
  padded.insert(padded.end(), word.data(), word.data() + word.size());
  padded.push_back('>');
  Napi::Array result = Napi::Array::New(env, n);
  for (uint32_t i = 0; i < n; i++) {
    Napi::HandleScope scope(env);
    Napi::Object one = Napi::Object::New(env);
    one.Set("text", textOfBytes(env, padded.data() + found[i].begin, found[i].length));
    one.Set("bucket", found[i].bucket);
    one.Set("row", found[i].row == UINT32_MAX ? -1.0 : fromSize(found[i].row));
    result.Set(i, one);
  }
  return result;
}

// wm_code wm_subwords_gather(const wm_subwords* subwords, const wm_table* table, const wm_keys* keys,
//                            const uint32_t* rows, uint64_t n, float* out, uint32_t threads, wm_error* error);
void Subwords::gather(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SubwordsHandle subwords = use(env);
  const TableHandle table = Table::use(info[0], "table");
  const KeysHandle keys = Keys::use(info[1], "keys");
  const Span<uint32_t> rows = toUint32s(info[2], "rows");
  const Span<float> out = toVectors(info[3], table.get(), rows.size);
  wm_error error;
  check(env, wm_subwords_gather(subwords.get(), table.get(), keys.get(), rows.data, rows.size, out.data, 1, &error),
        error);
}

// wm_code wm_subwords_compose(const wm_subwords* subwords, const wm_table* table, const wm_keys* keys,
//                             uint32_t threads, const wm_signal* signal, wm_table** out, wm_error* error);
Napi::Value Subwords::compose(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SubwordsHandle subwords = use(env);
  const TableHandle table = Table::use(info[0], "table");
  const KeysHandle keys = Keys::use(info[1], "keys");
  const uint32_t threads = toCount(info[2], "threads");
  const SignalHandle signal = Signal::orNew(info[3], "signal");
  auto made = std::make_shared<wm_table*>(nullptr);
  Task task;
  task.length = Length::kLong;
  task.signal = signal;
  task.work = [=](wm_error* error) {
    return wm_subwords_compose(subwords.get(), table.get(), keys.get(), threads, signal.get(), made.get(), error);
  };
  task.result = [made](Napi::Env e) { return Table::makeOf(e, TableHandle(*made, wm_table_release)); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_subwords_compose_later(const wm_subwords* subwords, const wm_table* table, const wm_keys* keys,
//                                   wm_table** out, wm_error* error);
Napi::Value Subwords::composeLater(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SubwordsHandle subwords = use(env);
  const TableHandle table = Table::use(info[0], "table");
  const KeysHandle keys = Keys::use(info[1], "keys");
  wm_table* made = nullptr;
  wm_error error;
  check(env, wm_subwords_compose_later(subwords.get(), table.get(), keys.get(), &made, &error), error);
  return Table::makeOf(env, TableHandle(made, wm_table_release));
}

// wm_code wm_subwords_infer(const wm_subwords* subwords, const wm_table* table, const uint8_t* word, uint64_t length,
//                           float* out, uint32_t* used, wm_error* error);
Napi::Value Subwords::infer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const SubwordsHandle subwords = use(env);
  const TableHandle table = Table::use(info[0], "table");
  const KeyBytes word(info[1], "word");
  const Span<float> out = toVectors(info[2], table.get(), 1);
  uint32_t used = 0;
  wm_error error;
  check(env, wm_subwords_infer(subwords.get(), table.get(), word.data(), word.size(), out.data, &used, &error), error);
  return Napi::Number::New(env, used);
}

// wm_code wm_subwords_of_buckets(const wm_subword_rules* rules, uint32_t first_row, const uint32_t* buckets,
//                                uint64_t n, int skip_absent, wm_subwords** out, wm_error* error);
Napi::Value createSubwords(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const wm_subword_rules rules = toSubwordRules(info[0]);
  const uint32_t firstRow = toCount(info[1], "firstRow");
  const bool skipAbsent = toFlag(info[3], "skipAbsent");
  static const uint32_t none = 0;
  Span<uint32_t> buckets;
  const bool all = info[2].IsUndefined();
  if (!all) buckets = toUint32s(info[2], "buckets");
  const uint32_t* data = all ? nullptr : buckets.size == 0 ? &none : buckets.data;
  wm_subwords* made;
  wm_error error;
  check(env, wm_subwords_of_buckets(&rules, firstRow, data, buckets.size, skipAbsent, &made, &error), error);
  return Subwords::makeOf(env, made);
}

}  // namespace wordmill::node
