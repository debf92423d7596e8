// Stands in for what is not written yet.
#include "classifier.h"
#include "embedding.h"
#include "index.h"
#include "next_token.h"
namespace wordmill::cuda {
[[noreturn]] void missing() { throw DeviceError(WM_ERR_UNSUPPORTED, "not on this device yet"); }
wm_backend_training* beginClassifier(const wm_backend_device&, const wm_backend_classifier&) { missing(); }
void submitClassifier(wm_backend_training&, const wm_backend_examples&) { missing(); }
wm_backend_training* beginNextToken(const wm_backend_device&, const wm_backend_next_token&) { missing(); }
void submitNextToken(wm_backend_training&, const wm_backend_batch*, uint64_t) { missing(); }
wm_backend_embedding* openEmbedding(const wm_backend_device&, const wm_backend_rows&) { missing(); }
void gather(wm_backend_embedding&, const uint32_t*, uint64_t, float*) { missing(); }
void scatterAdd(wm_backend_embedding&, const uint32_t*, uint64_t, const float*) { missing(); }
void stepRows(wm_backend_embedding&, const uint32_t*, uint64_t, const float*, const wm_backend_step&) { missing(); }
void readEmbedding(wm_backend_embedding&) { missing(); }
void closeEmbedding(wm_backend_embedding*) {}
wm_backend_index* openIndex(const wm_backend_device&, const wm_backend_rows&) { missing(); }
void searchIndex(wm_backend_index&, const wm_backend_query&, uint32_t*, float*) { missing(); }
void closeIndex(wm_backend_index*) {}
}  // namespace wordmill::cuda
