#include "engine/correlate/benchmark.h"

#include "engine/core/parallel.h"
#include "engine/correlate/correlator.h"

#include <cblas.h>

#include <algorithm>
#include <chrono>

namespace fxs {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

PolarBatch randomImages(const CorrelationBenchmarkSettings& settings) {
    PolarBatch batch;
    batch.intensity = Array<float, 3>::uninitialised({settings.frames, settings.rings, settings.azimuths});
    std::uint64_t state = 88172645463325252ULL;
    for (float& value : batch.intensity.span()) {
        // xorshift64: the numbers only have to be different and finite.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        value = static_cast<float>(state >> 40) * 0x1p-24F;
    }
    return batch;
}

/// One kind of correlation, measured a repetition at a time.
class Measurement {
public:
    Measurement(const CorrelationBenchmarkSettings& settings, const char* parity, bool limited)
        : m_correlator(correlateSettings(settings, parity, limited),
                       PolarGrid::uniform(0, settings.qMax, settings.rings, settings.azimuths), Experiment{}) {
        m_best.harmonics = m_correlator.sums().harmonics;
    }

    void repeat(PolarBatch& batch, const TaskContext& task) {
        const AccumulationTimes before = m_correlator.times();
        const auto start = Clock::now();
        m_correlator.accumulate(batch, task);
        m_correlator.finish(task);
        const double seconds = secondsSince(start), images = static_cast<double>(batch.frameCount());
        const AccumulationTimes& after = m_correlator.times();
        batch.firstIndex += batch.frameCount();
        if (images / seconds > m_best.imagesPerSecond) {
            m_best.imagesPerSecond = images / seconds;
            m_best.transformSeconds = after.transformSeconds - before.transformSeconds;
        }
        const double update = after.updateSeconds - before.updateSeconds;
        const double gflops = (after.updateFlops - before.updateFlops) / update * 1e-9;
        if (gflops > m_best.updateGflops) {
            m_best.updateGflops = gflops;
            m_best.updateSeconds = update;
        }
    }

    CorrelationRate rate(double sgemmGflops) const {
        CorrelationRate result = m_best;
        result.updateShareOfSgemm = result.updateGflops / sgemmGflops;
        return result;
    }

private:
    static CorrelateSettings correlateSettings(const CorrelationBenchmarkSettings& settings, const char* parity,
                                               bool limited) {
        CorrelateSettings result;
        result.parity = parity;
        result.batchFrames = static_cast<int>(settings.frames);
        if (limited)
            result.diameterAngstrom = settings.diameter;
        return result;
    }

    Correlator m_correlator;
    CorrelationRate m_best;
};

} // namespace

double measureSgemmGflops() {
    constexpr int n = 512, products = 8;
    const auto threads = static_cast<std::size_t>(activeThreadCount());
    std::vector<Array<float, 2>> operands(3 * threads);
    for (auto& matrix : operands) {
        matrix = Array<float, 2>({n, n});
        std::fill(matrix.span().begin(), matrix.span().end(), 0.5F);
    }
    double best = 0;
    for (int repetition = 0; repetition < 3; ++repetition) {
        const auto start = Clock::now();
        parallelFor(threads, 1, TaskContext{}, [&](const tbb::blocked_range<std::size_t>& range) {
            for (std::size_t t = range.begin(); t < range.end(); ++t)
                for (int i = 0; i < products; ++i)
                    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, operands[3 * t].data(), n,
                                operands[3 * t + 1].data(), n, 0, operands[3 * t + 2].data(), n);
        });
        const double flops = 2.0 * n * n * n * products * static_cast<double>(threads);
        best = std::max(best, flops / secondsSince(start) * 1e-9);
    }
    return best;
}

CorrelationBenchmark runCorrelationBenchmark(const CorrelationBenchmarkSettings& settings, const TaskContext& task) {
    PolarBatch batch = randomImages(settings);
    CorrelationBenchmark result;
    result.threads = activeThreadCount();
    result.kernel = nameOf(bestUpdateKernel());
    result.blas = blasDescription();
    struct Kind {
        const char* parity;
        bool limited;
        CorrelationRate CorrelationBenchmark::*rate;
    };
    const Kind kinds[] = {{"even", false, &CorrelationBenchmark::even},
                          {"full", false, &CorrelationBenchmark::full},
                          {"even", true, &CorrelationBenchmark::evenLimited},
                          {"full", true, &CorrelationBenchmark::fullLimited}};
    for (const Kind& kind : kinds) {
        Measurement measurement(settings, kind.parity, kind.limited);
        double sgemm = 0;
        batch.firstIndex = 0;
        for (int i = 0; i < settings.repetitions; ++i) {
            task.checkpoint();
            measurement.repeat(batch, task);
            sgemm = std::max(sgemm, measureSgemmGflops());
        }
        result.sgemmGflops = std::max(result.sgemmGflops, sgemm);
        result.*kind.rate = measurement.rate(sgemm);
    }
    return result;
}

} // namespace fxs
