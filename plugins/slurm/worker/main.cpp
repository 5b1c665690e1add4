#include "engine/core/error.h"
#include "engine/core/parallel.h"
#include "plugins/slurm/worker/options.h"
#include "plugins/slurm/worker/worker.h"
#include "plugins/slurm/worker/worker_signals.h"

#include <cstdio>
#include <exception>

int main(int argc, char** argv) {
    using namespace fxs::worker;
    try {
        const Options options = readOptions(argc, argv);
        if (!options.answer.empty()) {
            std::puts(options.answer.c_str());
            return kDone;
        }
        watchSignals();
        return runWorker(options, argc, argv);
    } catch (const WrongUsage& error) {
        std::fprintf(stderr, "fxs-worker: %s\nusage: fxs-worker FOLDER [--threads N] | --version | --check [FOLDER]\n",
                     error.what());
        return kWrongUsage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fxs-worker: %s\n", error.what());
        return kFailed;
    }
}
