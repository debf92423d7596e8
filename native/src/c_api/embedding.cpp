#include "train/embedding.h"

#include <algorithm>

#include "c_api/guard.h"
#include "c_api/handles.h"

using wordmill::Embedding;
using wordmill::guard;
using wordmill::require;

struct wm_embedding {
  Embedding value;
};

namespace {

Embedding& valueOf(wm_embedding* embedding) {
  require(embedding != nullptr, "embedding", "the embedding is NULL");
  return embedding->value;
}

void requireArrays(uint64_t n, std::initializer_list<const void*> arrays) {
  const bool isMissing = std::find(arrays.begin(), arrays.end(), nullptr) != arrays.end();
  require(n == 0 || !isMissing, "ids", "an argument is NULL");
}

void requireBags(const wm_bags* bags) {
  require(bags != nullptr, "bags", "the bags are NULL");
  requireArrays(bags->n, {bags->ids});
  requireArrays(bags->bags, {bags->offsets});
}

}  // namespace

wm_code wm_embedding_create(wm_table* table, const wm_embedding_options* options, wm_embedding** out, wm_error* error) {
  return guard(error, [&] {
    require(table != nullptr && options != nullptr && out != nullptr, "table", "an argument is NULL");
    *out = new wm_embedding{Embedding(table->value(), *options)};
  });
}

wm_code wm_embedding_forward(wm_embedding* embedding, const uint32_t* ids, uint64_t n, float* out, wm_error* error) {
  return guard(error, [&] {
    requireArrays(n, {ids, out});
    valueOf(embedding).lookUp(ids, n, out);
  });
}

wm_code wm_embedding_backward(wm_embedding* embedding, const uint32_t* ids, uint64_t n, const float* gradients,
                              wm_error* error) {
  return guard(error, [&] {
    requireArrays(n, {ids, gradients});
    valueOf(embedding).addGradient(ids, n, gradients);
  });
}

wm_code wm_embedding_bag(wm_embedding* embedding, const wm_bags* bags, float* out, wm_error* error) {
  return guard(error, [&] {
    requireBags(bags);
    requireArrays(bags->bags, {out});
    valueOf(embedding).lookUpBags(*bags, out);
  });
}

wm_code wm_embedding_bag_backward(wm_embedding* embedding, const wm_bags* bags, const float* gradients,
                                  float* weight_gradients, wm_error* error) {
  return guard(error, [&] {
    requireBags(bags);
    requireArrays(bags->bags, {gradients});
    valueOf(embedding).addBagGradient(*bags, gradients, weight_gradients);
  });
}

wm_code wm_embedding_logits(const wm_embedding* embedding, const float* hidden, uint64_t n, float* out,
                            wm_error* error) {
  return guard(error, [&] {
    require(embedding != nullptr, "embedding", "the embedding is NULL");
    requireArrays(n, {hidden, out});
    embedding->value.logits(hidden, n, out);
  });
}

wm_code wm_embedding_logits_backward(wm_embedding* embedding, const float* hidden, uint64_t n, const float* gradients,
                                     float* hidden_gradients, wm_error* error) {
  return guard(error, [&] {
    requireArrays(n, {hidden, gradients});
    valueOf(embedding).addLogitGradient(hidden, n, gradients, hidden_gradients);
  });
}

wm_code wm_embedding_step(wm_embedding* embedding, const wm_optimizer_options* options, double learning_rate,
                          wm_error* error) {
  return guard(error, [&] {
    require(options != nullptr, "optimizer", "the options are NULL");
    valueOf(embedding).step(*options, learning_rate);
  });
}

wm_code wm_embedding_zero_gradient(wm_embedding* embedding, wm_error* error) {
  return guard(error, [&] { valueOf(embedding).clearGradient(); });
}

void wm_embedding_freeze(wm_embedding* embedding, int frozen) { embedding->value.freeze(frozen != 0); }

void wm_embedding_describe(const wm_embedding* embedding, wm_embedding_info* out) {
  const Embedding& value = embedding->value;
  *out = {value.table().rows(), value.table().columns(), value.gradient().size(), value.steps(), value.bytes()};
}

wm_code wm_embedding_gradient(const wm_embedding* embedding, uint32_t* rows, float* values, wm_error* error) {
  return guard(error, [&] {
    require(embedding != nullptr, "embedding", "the embedding is NULL");
    const wordmill::SparseGradient& gradient = embedding->value.gradient();
    requireArrays(gradient.size(), {rows, values});
    std::copy(gradient.rows().begin(), gradient.rows().end(), rows);
    const uint64_t columns = embedding->value.table().columns();
    for (uint64_t i = 0; i < gradient.size(); ++i) {
      std::copy(gradient.at(i), gradient.at(i) + columns, values + i * columns);
    }
  });
}

void wm_embedding_release(wm_embedding* embedding) { delete embedding; }
