#include "records.h"

#include "arguments.h"
#include "cooccurrence.h"
#include "signal.h"

namespace wordmill::node {
namespace {

constexpr const char* kBusy = "the previous call has not come to rest; await it first";

}  // namespace

Napi::Function Records::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceAccessor<&Records::size>("size"),
                         InstanceMethod<&Records::append>("append"),
                         InstanceMethod<&Records::cooccurrence>("cooccurrence"),
                         InstanceMethod<&Records::shuffled>("shuffled"),
                         InstanceMethod("dispose", &Records::dispose),
                     });
}

void Records::requireRest(Napi::Env env) const {
  if (busy_) refuse(env, "records", kBusy);
}

// uint64_t wm_records_size(const wm_records* records);
Napi::Value Records::size(const Napi::CallbackInfo& info) {
  const NativeHandle records = use(info.Env());
  requireRest(info.Env());
  return Napi::Number::New(info.Env(), fromSize(wm_records_size(records.get())));
}

// wm_code wm_records_append(wm_records* records, const uint8_t* bytes, uint64_t length, wm_error* error);
Napi::Value Records::append(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle records = use(env);
  const Span<uint8_t> bytes = toBytes(info[0], "bytes");
  requireRest(env);
  if (complete_) refuse(env, "records", "they have been read already; nothing more can be appended");
  busy_ = true;
  Task task;
  task.keep = {info.This(), info[0]};
  task.rested = [this] { busy_ = false; };
  task.work = [records, bytes](wm_error* error) {
    return wm_records_append(records.get(), bytes.data, bytes.size, error);
  };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_records_matrix(const wm_records* records, uint64_t rows, uint32_t threads, const wm_storage* storage,
//                           const wm_signal* signal, wm_cooccurrence** out, wm_error* error);
Napi::Value Records::cooccurrence(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle records = use(env);
  requireRest(env);
  const uint64_t rows = toSize(info[0], "rows");
  const uint32_t threads = toCount(info[1], "threads");
  auto storage = std::make_shared<StorageOptions>(info[2]);
  const SignalHandle signal = Signal::orNew(info[3], "signal");
  complete_ = true;
  return startMatrix(env, signal, [=](wm_cooccurrence** out, wm_error* error) {
    return wm_records_matrix(records.get(), rows, threads, &storage->native, signal.get(), out, error);
  });
}

// wm_code wm_record_reader_of_records(const wm_records* records, uint64_t seed, uint64_t memory,
//                                     wm_record_reader** out, wm_error* error);
Napi::Value Records::shuffled(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const NativeHandle records = use(env);
  requireRest(env);
  const uint64_t seed = toSeed(info[0], "seed");
  const uint64_t memory = toSize(info[1], "memory");
  wm_record_reader* reader;
  wm_error error;
  check(env, wm_record_reader_of_records(records.get(), seed, memory, &reader, &error), error);
  complete_ = true;
  return RecordReader::make(env, RecordReaderHandle(reader, wm_record_reader_release));
}

// wm_code wm_records_create(const wm_storage* storage, wm_records** out, wm_error* error);
Napi::Value createRecords(const Napi::CallbackInfo& info) {
  const StorageOptions storage(info[0]);
  wm_records* records;
  wm_error error;
  check(info.Env(), wm_records_create(&storage.native, &records, &error), error);
  return Records::make(info.Env(), Records::NativeHandle(records, wm_records_release));
}

Napi::Function RecordReader::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&RecordReader::read>("read"),
                         InstanceMethod("dispose", &RecordReader::dispose),
                     });
}

// wm_code wm_record_reader_read(wm_record_reader* reader, uint8_t* out, uint64_t capacity, const wm_signal* signal,
//                               uint64_t* bytes, wm_error* error);
Napi::Value RecordReader::read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const RecordReaderHandle reader = use(env);
  const Span<uint8_t> out = toBytes(info[0], "out");
  const SignalHandle signal = Signal::orNew(info[1], "signal");
  if (busy_) refuse(env, "reader", kBusy);
  busy_ = true;
  auto bytes = std::make_shared<uint64_t>(0);
  Task task;
  task.keep = {info.This(), info[0]};
  task.signal = signal;
  task.rested = [this] { busy_ = false; };
  task.work = [reader, out, signal, bytes](wm_error* error) {
    return wm_record_reader_read(reader.get(), out.data, out.size, signal.get(), bytes.get(), error);
  };
  task.result = [bytes](Napi::Env e) { return Napi::Number::New(e, fromSize(*bytes)); };
  return Addon::of(env).start(env, std::move(task));
}

}  // namespace wordmill::node
