// Stands in for what is not written yet.
#include "classifier.h"
#include "counter.h"
#include "glove.h"
#include "index.h"
namespace wordmill::cuda {
[[noreturn]] void missing() { throw DeviceError(WM_ERR_UNSUPPORTED, "not on this device yet"); }
wm_backend_training* beginClassifier(const wm_backend_device&, const wm_backend_classifier&) { missing(); }
void submitClassifier(wm_backend_training&, const wm_backend_examples&) { missing(); }
wm_backend_training* beginGlove(const wm_backend_device&, const wm_backend_glove&) { missing(); }
void submitGlove(wm_backend_training&, const wm_backend_tile*, uint64_t) { missing(); }
wm_backend_index* openIndex(const wm_backend_device&, const wm_backend_rows&) { missing(); }
void searchIndex(wm_backend_index&, const wm_backend_query&, uint32_t*, float*) { missing(); }
void closeIndex(wm_backend_index*) {}
wm_backend_counter* beginCount(const wm_backend_device&, const wm_backend_count&) { missing(); }
void appendWords(wm_backend_counter&, const uint32_t*, uint64_t) { missing(); }
uint64_t finishCount(wm_backend_counter&) { missing(); }
void readCounts(wm_backend_counter&, uint64_t*, uint32_t*, double*) { missing(); }
void releaseCounter(wm_backend_counter*) {}
}  // namespace wordmill::cuda
