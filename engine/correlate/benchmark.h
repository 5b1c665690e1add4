#pragma once

#include "engine/core/task.h"

#include <cstddef>
#include <string>

namespace fxs {

/// The correlation's speed on this machine, from memory, at the size published by Dujardin et al. (SciPy 2020): 300 rings x 256
/// azimuths, random images. Each kind is repeated and the fastest repetition is kept, because what disturbs a measurement on a
/// shared machine only slows it; the sgemm rate is measured between the repetitions.
struct CorrelationBenchmarkSettings {
    std::size_t rings = 300;
    std::size_t azimuths = 256;
    double qMax = 0.3;        ///< 1/Å; with the diameter it sets the band limit
    double diameter = 160;    ///< Å, of the band-limited kind: 48 + margin harmonics on the outermost ring
    std::size_t frames = 512; ///< images in memory, one block
    int repetitions = 5;
};

struct CorrelationRate {
    double imagesPerSecond = 0;
    double transformSeconds = 0;   ///< of one repetition: images to harmonics in the update's layout
    double updateSeconds = 0;      ///< of one repetition: harmonics to sums
    double updateGflops = 0;       ///< useful floating-point operations of the update a second, 10⁹
    double updateShareOfSgemm = 0; ///< of the sgemm rate measured in the same run
    std::size_t harmonics = 0;
};

struct CorrelationBenchmark {
    CorrelationRate even, full;               ///< all harmonics
    CorrelationRate evenLimited, fullLimited; ///< with the band limit of the diameter
    double sgemmGflops = 0;                   ///< OpenBLAS, square matrices in cache, one on each thread at once
    int threads = 0;
    std::string kernel; ///< "AVX-512", "AVX2", "BLAS"
    std::string blas;   ///< OpenBLAS, version and core
};

/// Cost: some seconds; 4 bytes * frames * rings * azimuths of images and the memory of one Correlator.
/// Throws: Stopped.
CorrelationBenchmark runCorrelationBenchmark(const CorrelationBenchmarkSettings& settings, const TaskContext& task);

/// 10⁹ floating-point operations a second of single-precision matrix products on all threads.
double measureSgemmGflops();

} // namespace fxs
