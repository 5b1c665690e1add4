#include "engine/polar/ring_fit.h"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace fxs {

namespace {

/// K(k) = (1/n) Σ e^{2πi mk/n} over the band, for the distances k = 0 ... n - 1 between bins.
std::vector<double> bandKernel(std::size_t n, const RingBand& band) {
    std::vector<double> kernel(n);
    const std::size_t highest = std::min(band.highest, n / 2);
    for (std::size_t k = 0; k < n; ++k) {
        double sum = 1;
        for (std::size_t m = band.evenOnly ? 2 : 1; m <= highest; m += band.evenOnly ? 2 : 1) {
            const bool nyquist = 2 * m == n; // its own negative: counted once
            const double angle = 2 * std::numbers::pi * static_cast<double>((m * k) % n) / static_cast<double>(n);
            sum += (nyquist ? 1 : 2) * std::cos(angle);
        }
        kernel[k] = sum / static_cast<double>(n);
    }
    return kernel;
}

struct Split {
    std::vector<std::uint32_t> valid, gaps;
};

Split splitBins(std::span<const std::uint8_t> mask) {
    Split split;
    for (std::size_t k = 0; k < mask.size(); ++k)
        (mask[k] ? split.valid : split.gaps).push_back(static_cast<std::uint32_t>(k));
    return split;
}

Eigen::MatrixXd kernelMatrix(const std::vector<double>& kernel, const std::vector<std::uint32_t>& rows,
                             const std::vector<std::uint32_t>& columns) {
    const std::size_t n = kernel.size();
    Eigen::MatrixXd matrix(rows.size(), columns.size());
    for (std::size_t j = 0; j < columns.size(); ++j)
        for (std::size_t i = 0; i < rows.size(); ++i)
            matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = kernel[(rows[i] + n - columns[j]) % n];
    return matrix;
}

double conditionOf(const Eigen::VectorXd& eigenvalues, std::size_t unknowns) {
    const double smallest = 1 - eigenvalues.maxCoeff();
    // Directions of the band that vanish in all gaps keep the singular value 1; there are some if the band is larger.
    const double largest = unknowns > static_cast<std::size_t>(eigenvalues.size()) ? 1.0 : 1 - eigenvalues.minCoeff();
    if (smallest < 1e-13)
        return std::numeric_limits<double>::infinity();
    return std::sqrt(largest / smallest);
}

std::size_t unknownsOf(std::size_t n, const RingBand& band) {
    const std::size_t highest = std::min(band.highest, n / 2);
    const std::size_t nyquist = 2 * highest == n && (!band.evenOnly || highest % 2 == 0) ? 1 : 0;
    return (band.evenOnly ? 2 * (highest / 2) + 1 : 2 * highest + 1) - nyquist;
}

} // namespace

double ringFitCondition(std::span<const std::uint8_t> mask, const RingBand& band) {
    const Split split = splitBins(mask);
    const std::size_t unknowns = unknownsOf(mask.size(), band);
    if (split.gaps.empty())
        return 1;
    if (split.valid.size() < unknowns)
        return std::numeric_limits<double>::infinity();
    const auto kernel = bandKernel(mask.size(), band);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(kernelMatrix(kernel, split.gaps, split.gaps),
                                                               Eigen::EigenvaluesOnly);
    return conditionOf(eigen.eigenvalues(), unknowns);
}

RingFit fitRing(std::span<const std::uint8_t> mask, const RingBand& band, double maxCondition) {
    Split split = splitBins(mask);
    RingFit fit;
    if (!split.gaps.empty()) {
        const auto kernel = bandKernel(mask.size(), band);
        const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(kernelMatrix(kernel, split.gaps, split.gaps));
        const std::size_t unknowns = unknownsOf(mask.size(), band);
        fit.condition = split.valid.size() < unknowns ? std::numeric_limits<double>::infinity()
                                                      : conditionOf(eigen.eigenvalues(), unknowns);
        const double floor = 1 / (maxCondition * maxCondition);
        Eigen::VectorXd inverse(eigen.eigenvalues().size());
        for (Eigen::Index i = 0; i < inverse.size(); ++i) {
            const double gap = 1 - eigen.eigenvalues()[i];
            fit.truncated |= gap < floor;
            inverse[i] = gap < floor ? 0 : 1 / gap;
        }
        const Eigen::MatrixXd e = eigen.eigenvectors() * inverse.asDiagonal() * eigen.eigenvectors().transpose() *
                                  kernelMatrix(kernel, split.gaps, split.valid);
        fit.fill = Array<double, 2>({split.gaps.size(), split.valid.size()});
        for (std::size_t g = 0; g < split.gaps.size(); ++g)
            for (std::size_t v = 0; v < split.valid.size(); ++v)
                fit.fill(g, v) = e(static_cast<Eigen::Index>(g), static_cast<Eigen::Index>(v));
    }
    fit.valid = std::move(split.valid);
    fit.gaps = std::move(split.gaps);
    return fit;
}

} // namespace fxs
