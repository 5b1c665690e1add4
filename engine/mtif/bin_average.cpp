#include "engine/mtif/bin_average.h"

#include <algorithm>
#include <array>
#include <vector>

namespace fxs::mtif {

namespace {

constexpr double kLeastTransfer = 0.2;

/// A row of S: the three rings that it takes from, and how much of each.
struct Row {
    std::size_t first = 0;
    std::array<double, 3> part{};
};

/// Weights at x of the first and second derivative of the parabola through x0, x1, x2.
Row derivativeRow(const std::vector<double>& q, std::size_t at, double shift, double spread) {
    Row row;
    row.first = at == 0 ? 0 : std::min(at - 1, q.size() - 3);
    for (std::size_t k = 0; k < 3; ++k) {
        const double x = q[row.first + k], a = q[row.first + (k + 1) % 3], b = q[row.first + (k + 2) % 3];
        const double scale = 1 / ((x - a) * (x - b));
        row.part[k] = -(shift * (2 * q[at] - a - b) + spread) * scale; // spread/2 times the second derivative 2
    }
    row.part[at - row.first] += 1;
    return row;
}

/// The rows for rings [0, n) that carry a harmonic, by carries(ring); rings with a neighbour that does not stay as they are.
template <class Carries>
std::vector<Row> rowsOf(const BinAverage& average, const std::vector<double>& q, Carries carries) {
    std::vector<Row> rows(q.size());
    for (std::size_t i = 0; i < q.size(); ++i) {
        Row row = derivativeRow(q, i, average.shift[i], average.spread[i]);
        for (std::size_t k = 0; k < 3; ++k)
            if (!carries(row.first + k)) {
                row.part = {};
                row.part[i - row.first] = 1;
                break;
            }
        rows[i] = row;
    }
    return rows;
}

double applied(const Row& row, const double* values, std::size_t stride) {
    return row.part[0] * values[row.first * stride] + row.part[1] * values[(row.first + 1) * stride] +
           row.part[2] * values[(row.first + 2) * stride];
}

/// plane <- S plane Sᵀ
void applyBothSides(const std::vector<Row>& rows, View<double, 2> plane, std::vector<double>& work) {
    const std::size_t n = rows.size();
    work.resize(n * n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            work[i * n + j] = applied(rows[i], &plane(0, j), n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = i; j < n; ++j)
            plane(i, j) = plane(j, i) = applied(rows[j], work.data() + i * n, 1);
}

void applyToMeans(const std::vector<Row>& rows, std::vector<double>& values) {
    const std::vector<double> before = values;
    for (std::size_t i = 0; i < rows.size(); ++i)
        values[i] = applied(rows[i], before.data(), 1);
}

} // namespace

void takeOutBinAverage(const BinAverage& average, HarmonicData& data) {
    const std::size_t nq = data.qCount();
    if (average.empty() || nq < 3)
        return;
    const auto transfer = [&](std::size_t q, std::size_t m) {
        const double t = m < average.transfer.extent(1) ? average.transfer(q, m) : 0;
        return t < kLeastTransfer ? 1 : t;
    };
    std::vector<double> work;
    for (std::size_t m = 0; m <= static_cast<std::size_t>(data.maxHarmonic); ++m) {
        const auto carries = [&](std::size_t q) { return data.ringOrder[q] >= static_cast<int>(m); };
        const std::vector<Row> rows = rowsOf(average, data.q, carries);
        for (std::size_t s = 0; s < data.setCount(); ++s) {
            for (std::size_t i = 0; i < nq; ++i)
                for (std::size_t j = 0; j < nq; ++j)
                    data.c(s, m, i, j) /= transfer(i, m) * transfer(j, m);
            applyBothSides(rows, data.c[s][m], work);
        }
        for (std::size_t q = 0; q < nq; ++q)
            data.raw(m, q) /= transfer(q, m) * transfer(q, m); // the scale of the noise goes with it
    }
    const std::vector<Row> rows = rowsOf(average, data.q, [&](std::size_t q) { return data.measured(q); });
    applyToMeans(rows, data.mean);
    for (std::size_t s = 0; s < data.setCount(); ++s) {
        std::vector<double> means(nq);
        for (std::size_t q = 0; q < nq; ++q)
            means[q] = data.setMean(s, q);
        applyToMeans(rows, means);
        for (std::size_t q = 0; q < nq; ++q)
            data.setMean(s, q) = means[q];
    }
}

} // namespace fxs::mtif
