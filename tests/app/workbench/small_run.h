#pragma once

#include "tests/widgets/synthetic_results.h"

#include "engine/io/polar_run.h"

#include <QString>

namespace fxs::test {

/// Writes a run of six polar images whose values say where they are: frame · 1000 + q · 100 + phi.
inline void writeSmallRun(const QString& path) {
    constexpr std::uint64_t kFrames = 6;
    const auto info = test::polarRun(kFrames);
    PolarRunHeader header;
    header.grid = *info->polarGrid;
    header.experiment = {.wavelengthAngstrom = 0, .wavelengthKnown = true};
    PolarRunWriter writer(path.toStdString(), std::move(header));
    for (std::uint64_t i = 0; i < kFrames; ++i) {
        PolarBatch batch;
        batch.firstIndex = i;
        batch.intensity = Array<float, 3>({1, 20, 64});
        for (std::size_t q = 0; q < 20; ++q)
            for (std::size_t phi = 0; phi < 64; ++phi)
                batch.intensity(0, q, phi) = static_cast<float>(i * 1000 + q * 100 + phi);
        writer.append(batch);
    }
    writer.finish();
}

} // namespace fxs::test
