#include "decoder.h"

#include "arguments.h"
#include "keys.h"
#include "table.h"

namespace wordmill::node {

Napi::Function Decoder::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&Decoder::feed>("feed"),
                         InstanceMethod<&Decoder::finish>("finish"),
                         InstanceMethod("dispose", &Decoder::dispose),
                     });
}

// A decoder takes one call at a time.
Task Decoder::begin(const Napi::CallbackInfo& info) {
  if (finished_) refuseDisposed(info.Env(), "this Decoder has finished");
  if (busy_) refuse(info.Env(), "decoder", "the previous call has not come to rest; await it first");
  busy_ = true;
  Task task;
  task.keep = {info.This()};
  task.rested = [this] { busy_ = false; };
  return task;
}

// wm_code wm_decoder_feed(wm_decoder* decoder, const uint8_t* bytes, uint64_t length, int32_t* wanted,
//                         wm_error* error);
Napi::Value Decoder::feed(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle decoder = use(env);
  const Span<uint8_t> bytes = toBytes(info[0], "bytes");
  auto wanted = std::make_shared<int32_t>(1);
  Task task = begin(info);
  task.keep.push_back(info[0]);
  task.work = [decoder, bytes, wanted](wm_error* error) {
    return wm_decoder_feed(decoder.get(), bytes.data, bytes.size, wanted.get(), error);
  };
  task.result = [wanted](Napi::Env e) { return Napi::Boolean::New(e, *wanted != 0); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_decoder_finish(wm_decoder* decoder, wm_table** table, wm_keys** keys, wm_error* error);
Napi::Value Decoder::finish(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle decoder = use(env);
  struct Made {
    ~Made() {
      wm_table_release(table);
      wm_keys_release(keys);
    }
    wm_table* table = nullptr;
    wm_keys* keys = nullptr;
  };
  auto made = std::make_shared<Made>();
  Task task = begin(info);
  finished_ = true;
  task.work = [decoder, made](wm_error* error) {
    return wm_decoder_finish(decoder.get(), &made->table, &made->keys, error);
  };
  task.result = [made](Napi::Env e) {
    Napi::Object result = Napi::Object::New(e);
    TableHandle table(std::exchange(made->table, nullptr), wm_table_release);
    result.Set("table", Table::makeOf(e, std::move(table)));
    if (made->keys != nullptr) {
      result.Set("keys", Keys::makeOf(e, std::exchange(made->keys, nullptr)));
    } else {
      result.Set("keys", e.Undefined());
    }
    return result;
  };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_decoder_create(const wm_decoder_options* options, wm_decoder** out, wm_error* error);
Napi::Value createDecoder(const Napi::CallbackInfo& info) {
  const Fields fields(info[0], "options");
  wm_decoder_options options{};
  options.layout = fields.choice("layout", {{"word2vec-binary", WM_LAYOUT_WORD2VEC_BINARY}, {"text", WM_LAYOUT_TEXT}});
  options.dtype = fields.choice("dtype", kDTypes);
  options.rows = fields.size("rows", UINT64_MAX);
  options.columns = fields.size("columns");
  options.limit = fields.size("limit", UINT64_MAX);
  options.base = fields.size("base");
  options.total_bytes = fields.size("totalBytes", 0);
  options.max_key_bytes = fields.size("maxKeyBytes");
  options.separator = static_cast<uint8_t>(fields.choice("separator", kSeparators, 0x20));
  options.has_keys = fields.flag("hasKeys", true);
  wm_decoder* decoder;
  wm_error error;
  check(info.Env(), wm_decoder_create(&options, &decoder, &error), error);
  return Decoder::make(info.Env(), Decoder::NativeHandle(decoder, wm_decoder_release));
}

}  // namespace wordmill::node
