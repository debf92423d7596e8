// The table that the engine gets: every function of the module behind its edge.
#include "classifier/classifier.h"
#include "count/counter.h"
#include "device/device.h"
#include "embedding/embedding.h"
#include "glove/glove.h"
#include "next_token/next_token.h"
#include "search/index.h"
#include "window/window.h"

#ifndef WORDMILL_VERSION
#error "the build defines WORDMILL_VERSION from package.json"
#endif

using namespace wordmill::cuda;

namespace {

wm_code describe(uint32_t index, wm_device_info* out, wm_error* error) {
  return guard(error, [&] { describeDevice(index, out); });
}

wm_code open(uint32_t index, wm_backend_device** out, wm_error* error) {
  return guard(error, [&] { *out = new wm_backend_device(index); });
}

void close(wm_backend_device* device) { delete device; }

wm_code windowBegin(wm_backend_device* device, const wm_backend_window* setup, wm_backend_training** out,
                    wm_error* error) {
  return guard(error, [&] {
    device->use();
    *out = beginWindow(*device, *setup);
  });
}

wm_code windowSubmit(wm_backend_training* training, const wm_backend_sentences* block, wm_error* error) {
  return guard(error, [&] { submitWindow(*training, *block); });
}

wm_code classifierBegin(wm_backend_device* device, const wm_backend_classifier* setup, wm_backend_training** out,
                        wm_error* error) {
  return guard(error, [&] {
    device->use();
    *out = beginClassifier(*device, *setup);
  });
}

wm_code classifierSubmit(wm_backend_training* training, const wm_backend_examples* block, wm_error* error) {
  return guard(error, [&] { submitClassifier(*training, *block); });
}

wm_code gloveBegin(wm_backend_device* device, const wm_backend_glove* setup, wm_backend_training** out,
                   wm_error* error) {
  return guard(error, [&] {
    device->use();
    *out = beginGlove(*device, *setup);
  });
}

wm_code gloveSubmit(wm_backend_training* training, const wm_backend_tile* tiles, uint64_t count, wm_error* error) {
  return guard(error, [&] { submitGlove(*training, tiles, count); });
}

wm_code nextTokenBegin(wm_backend_device* device, const wm_backend_next_token* setup, wm_backend_training** out,
                       wm_error* error) {
  return guard(error, [&] {
    device->use();
    *out = beginNextToken(*device, *setup);
  });
}

wm_code nextTokenSubmit(wm_backend_training* training, const wm_backend_batch* batches, uint64_t count,
                        wm_error* error) {
  return guard(error, [&] { submitNextToken(*training, batches, count); });
}

wm_code trainingCollect(wm_backend_training* training, uint64_t* unfinished, wm_backend_result* result,
                        wm_error* error) {
  return guard(error, [&] { training->collect(unfinished, result); });
}

void trainingCancel(wm_backend_training* training) { training->cancel(); }

wm_code trainingRead(wm_backend_training* training, wm_error* error) {
  return guard(error, [&] { training->read(); });
}

void trainingRelease(wm_backend_training* training) {
  if (training == nullptr) return;
  training->device().tryUse();
  delete training;
}

wm_code embeddingOpen(wm_backend_device* device, const wm_backend_rows* table, wm_backend_embedding** out,
                      wm_error* error) {
  return guard(error, [&] {
    device->use();
    *out = openEmbedding(*device, *table);
  });
}

wm_code embeddingGather(wm_backend_embedding* embedding, const uint32_t* ids, uint64_t n, float* out, wm_error* error) {
  return guard(error, [&] { gather(*embedding, ids, n, out); });
}

wm_code embeddingScatterAdd(wm_backend_embedding* embedding, const uint32_t* ids, uint64_t n, const float* values,
                            wm_error* error) {
  return guard(error, [&] { scatterAdd(*embedding, ids, n, values); });
}

wm_code embeddingStep(wm_backend_embedding* embedding, const uint32_t* ids, uint64_t n, const float* gradients,
                      const wm_backend_step* step, wm_error* error) {
  return guard(error, [&] { stepRows(*embedding, ids, n, gradients, *step); });
}

wm_code embeddingRead(wm_backend_embedding* embedding, wm_error* error) {
  return guard(error, [&] { readEmbedding(*embedding); });
}

wm_code indexOpen(wm_backend_device* device, const wm_backend_rows* table, const float* scales, wm_backend_index** out,
                  wm_error* error) {
  return guard(error, [&] {
    device->use();
    *out = openIndex(*device, *table, scales);
  });
}

wm_code indexSearch(wm_backend_index* index, const wm_backend_query* query, uint32_t* rows, float* scores,
                    wm_error* error) {
  return guard(error, [&] { searchIndex(*index, *query, rows, scores); });
}

wm_code countBegin(wm_backend_device* device, const wm_backend_count* setup, wm_backend_counter** out,
                   wm_error* error) {
  return guard(error, [&] {
    device->use();
    *out = beginCount(*device, *setup);
  });
}

wm_code countAppend(wm_backend_counter* counter, const uint32_t* words, uint64_t n, wm_error* error) {
  return guard(error, [&] { appendWords(*counter, words, n); });
}

wm_code countFinish(wm_backend_counter* counter, uint64_t* offsets, wm_error* error) {
  return guard(error, [&] { finishCount(*counter, offsets); });
}

wm_code countRead(wm_backend_counter* counter, uint64_t first, uint64_t n, uint32_t* columns, double* values,
                  wm_error* error) {
  return guard(error, [&] { readCounts(*counter, first, n, columns, values); });
}

constexpr wm_backend kBackend = {
    WM_BACKEND_VERSION,
    "cuda",
    WORDMILL_VERSION,
    countDevices,
    describe,
    open,
    close,
    windowBegin,
    windowSubmit,
    classifierBegin,
    classifierSubmit,
    gloveBegin,
    gloveSubmit,
    nextTokenBegin,
    nextTokenSubmit,
    trainingCollect,
    trainingCancel,
    trainingRead,
    trainingRelease,
    embeddingOpen,
    embeddingGather,
    embeddingScatterAdd,
    embeddingStep,
    embeddingRead,
    closeEmbedding,
    indexOpen,
    indexSearch,
    closeIndex,
    countBegin,
    countAppend,
    countFinish,
    countRead,
    releaseCounter,
};

}  // namespace

const wm_backend* wordmill_backend(void) { return &kBackend; }
