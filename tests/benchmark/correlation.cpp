// fxs_benchmark_correlation: the correlation's speed and accuracy, as one JSON document on standard output.
//     fxs_benchmark_correlation [--threads N] [--images FILE --c2 FILE]
// With --images (float32 [frame][q][phi] of 300 x 256, raw), C2 of these images is written to --c2 (float32 [q][q'][dphi], full
// parity), so that compare_numpy.py can hold it against NumPy's.

#include "engine/core/parallel.h"
#include "engine/correlate/benchmark.h"
#include "engine/correlate/c2.h"
#include "engine/correlate/correlator.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace {

using namespace fxs;

std::string json(const CorrelationRate& rate) {
    return fmt::format(R"({{"images_per_second": {:.1f}, "transform_seconds": {:.5f}, "update_seconds": {:.5f}, )"
                       R"("update_gflops": {:.1f}, "update_share_of_sgemm": {:.3f}, "harmonics": {}}})",
                       rate.imagesPerSecond, rate.transformSeconds, rate.updateSeconds, rate.updateGflops,
                       rate.updateShareOfSgemm, rate.harmonics);
}

void correlateFile(const std::string& images, const std::string& output) {
    constexpr std::size_t rings = 300, azimuths = 256;
    std::ifstream in(images, std::ios::binary | std::ios::ate);
    if (!in)
        throw Error(ErrorCode::notFound, "cannot open " + images);
    const auto frames = static_cast<std::size_t>(in.tellg()) / (rings * azimuths * sizeof(float));
    PolarBatch batch;
    batch.intensity = Array<float, 3>({frames, rings, azimuths});
    in.seekg(0);
    in.read(reinterpret_cast<char*>(batch.intensity.data()),
            static_cast<std::streamsize>(batch.intensity.size() * sizeof(float)));
    CorrelateSettings settings;
    settings.parity = "full";
    Correlator correlator(settings, PolarGrid::uniform(0, 0.3, rings, azimuths), Experiment{});
    correlator.accumulate(batch, TaskContext{});
    correlator.finish(TaskContext{});
    const Array<float, 3> result = c2(correlator.sums());
    std::ofstream out(output, std::ios::binary);
    out.write(reinterpret_cast<const char*>(result.data()),
              static_cast<std::streamsize>(result.size() * sizeof(float)));
    if (!out)
        throw Error(ErrorCode::io, "cannot write " + output);
}

int run(int argc, char** argv) {
    int threads = 0;
    std::string images, output;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string option = argv[i];
        if (option == "--threads")
            threads = std::atoi(argv[i + 1]);
        else if (option == "--images")
            images = argv[i + 1];
        else if (option == "--c2")
            output = argv[i + 1];
        else
            throw Error(ErrorCode::badSettings, "unknown option " + option);
    }
    const ThreadLimit limit(threads);
    if (!images.empty())
        correlateFile(images, output);
    const CorrelationBenchmark b = runCorrelationBenchmark({}, TaskContext{});
    fmt::print("{{\"threads\": {}, \"kernel\": \"{}\", \"blas\": \"{}\", \"sgemm_gflops\": {:.1f},\n \"even\": {},\n "
               "\"full\": {},\n "
               "\"even_limited\": {},\n \"full_limited\": {}}}\n",
               b.threads, b.kernel, b.blas, b.sgemmGflops, json(b.even), json(b.full), json(b.evenLimited),
               json(b.fullLimited));
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
