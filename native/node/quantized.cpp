#include "quantized.h"

#include <algorithm>
#include <vector>

#include "arguments.h"
#include "signal.h"
#include "table.h"

namespace wordmill::node {
namespace {

constexpr uint64_t kCentroids = 256;

uint64_t piecesOf(const wm_quantized_parts& parts) {
  return (parts.columns + parts.piece_length - 1) / parts.piece_length;
}

Napi::Value bytes(Napi::Env env, const uint8_t* from, uint64_t n) { return Napi::Buffer<uint8_t>::Copy(env, from, n); }

Napi::Value floats(Napi::Env env, const float* from, uint64_t n) {
  Napi::Float32Array out = Addon::of(env).makeFloats(env, n);
  std::copy(from, from + n, out.Data());
  return out;
}

}  // namespace

Napi::Function Quantized::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&Quantized::parts>("parts"),
                         InstanceMethod<&Quantized::decode>("decode"),
                         InstanceMethod("dispose", &Quantized::dispose),
                     });
}

Napi::Object Quantized::makeOf(Napi::Env env, wm_quantized* quantized) {
  return make(env, QuantizedHandle(quantized, [](const wm_quantized* released) {
                wm_quantized_release(const_cast<wm_quantized*>(released));
              }));
}

// void wm_quantized_describe(const wm_quantized* quantized, wm_quantized_parts* out);
Napi::Value Quantized::parts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const QuantizedHandle quantized = use(env);
  wm_quantized_parts parts;
  wm_quantized_describe(quantized.get(), &parts);
  Napi::Object result = Napi::Object::New(env);
  result.Set("rows", fromSize(parts.rows));
  result.Set("columns", fromSize(parts.columns));
  result.Set("pieceLength", parts.piece_length);
  result.Set("codes", bytes(env, parts.codes, parts.rows * piecesOf(parts)));
  result.Set("centroids", floats(env, parts.centroids, parts.columns * kCentroids));
  if (parts.norm_codes != nullptr) {
    result.Set("normCodes", bytes(env, parts.norm_codes, parts.rows));
    result.Set("normCentroids", floats(env, parts.norm_centroids, kCentroids));
  }
  return result;
}

// wm_code wm_quantized_decode(const wm_quantized* quantized, wm_table** out, wm_error* error);
Napi::Value Quantized::decode(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const QuantizedHandle quantized = use(env);
  auto made = std::make_shared<wm_table*>(nullptr);
  Task task;
  task.work = [=](wm_error* error) { return wm_quantized_decode(quantized.get(), made.get(), error); };
  task.result = [made](Napi::Env e) { return Table::makeOf(e, TableHandle(*made, wm_table_release)); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_quantized_of_table(const wm_table* table, const uint32_t* rows, uint64_t n, uint32_t piece_length,
//                               int norms, uint64_t seed, uint32_t threads, const wm_signal* signal,
//                               wm_quantized** out, wm_error* error);
Napi::Value quantizeRows(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TableHandle table = Table::use(info[0], "table");
  const Fields fields(info[2], "options");
  const uint32_t pieceLength = fields.count("pieceLength");
  const bool norms = fields.flag("norms");
  const uint64_t seed = fields.seed("seed");
  const uint32_t threads = fields.count("threads");
  const SignalHandle signal = Signal::orNew(info[3], "signal");
  const Span<uint32_t> given = toUint32s(info[1], "rows");
  auto rows = std::make_shared<std::vector<uint32_t>>(given.data, given.data + given.size);
  auto made = std::make_shared<wm_quantized*>(nullptr);
  Task task;
  task.length = Length::kLong;
  task.signal = signal;
  task.work = [=](wm_error* error) {
    static const uint32_t none = 0;
    return wm_quantized_of_table(table.get(), rows->empty() ? &none : rows->data(), rows->size(), pieceLength, norms,
                                 seed, threads, signal.get(), made.get(), error);
  };
  task.result = [made](Napi::Env e) { return Quantized::makeOf(e, *made); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_quantized_create(const wm_quantized_parts* parts, wm_quantized** out, wm_error* error);
Napi::Value createQuantized(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Fields fields(info[0], "parts");
  wm_quantized_parts parts{};
  parts.rows = fields.size("rows");
  parts.columns = fields.size("columns");
  parts.piece_length = fields.count("pieceLength");
  if (parts.piece_length == 0) refuse(env, "pieceLength", "a piece has at least one number");
  const Napi::Value normCodes = fields.get("normCodes");
  const Napi::Value normCentroids = fields.get("normCentroids");
  const Span<uint8_t> codes = toBytes(fields.get("codes"), "codes");
  const Span<float> centroids = toFloats(fields.get("centroids"), "centroids");
  if (codes.size != multiply(env, "codes", parts.rows, piecesOf(parts)) ||
      centroids.size != multiply(env, "centroids", parts.columns, kCentroids)) {
    refuse(env, "codes", "codes or centroids are not as many as the shape asks for");
  }
  parts.codes = codes.data;
  parts.centroids = centroids.data;
  if (!normCodes.IsUndefined()) {
    const Span<uint8_t> norms = toBytes(normCodes, "normCodes");
    const Span<float> lengths = toFloats(normCentroids, "normCentroids");
    if (norms.size != parts.rows || lengths.size != kCentroids) refuse(env, "normCodes", "expected one for each row");
    parts.norm_codes = norms.data;
    parts.norm_centroids = lengths.data;
  }
  if (codes.size == 0) refuse(env, "rows", "there are no rows");
  wm_quantized* made;
  wm_error error;
  check(env, wm_quantized_create(&parts, &made, &error), error);
  return Quantized::makeOf(env, made);
}

}  // namespace wordmill::node
