#include "engine/mtif/filter.h"

#include "engine/core/parallel.h"
#include "engine/mtif/coefficient_packing.h"
#include "engine/mtif/diameter.h"
#include "engine/mtif/harmonic_data.h"
#include "engine/mtif/legendre_fit.h"
#include "engine/mtif/order_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fxs {

namespace {

using namespace mtif;
using Record = std::vector<std::pair<std::string, double>>;

constexpr int kScanTrials = 33;
constexpr double kScanLow = 0.6, kScanHigh = 1.6;
/// An order that the rank cut away is held at zero this firmly, in scaled units.
constexpr double kHoldAtZero = 1;
constexpr double kRowNoiseRange = 10;
/// Unexplained part of the clear B_l above which the diameter is doubted.
constexpr double kWarnMisfit = 0.1;

int floorEven(double x) {
    return 2 * static_cast<int>(std::floor(x / 2 + 1e-9));
}

/// The outer edge of the last ring.
double outerEdge(const std::vector<double>& q) {
    return q.size() > 1 ? q.back() + 0.5 * (q.back() - q[q.size() - 2]) : q.back();
}

/// One run of the filter: the data, what was decided of them, and the current estimates.
class Run {
public:
    Run(const FilterSettings& settings, const CorrelationSums& sums, const TaskContext& task)
        : m_settings(settings), m_sums(sums), m_task(task), m_qMax(outerEdge(sums.grid.q)) {}

    FilterResult result();

private:
    void decideParticles();
    void gather();
    double scannedDiameter(double extent);
    void checkDiameter();
    void decideOrders();
    void reportOddOrders();
    void prepareOrders(const Array<double, 4>& b);
    double estimate(const Array<double, 4>& b);
    void iterate();
    void updateWeights(const LegendreFit& fit);
    void warnOfMisfit(const Array<double, 4>& b);
    Array<double, 3> filteredHarmonics() const;
    Coefficients pack(const PackingPlan& plan, int set) const;

    std::vector<View<const double, 2>> sets(const Array<double, 4>& b, std::size_t k) const;
    OrderRules rules() const { return {m_diameter, m_qMax, m_settings.extraTerms, m_settings.rankThreshold}; }
    std::size_t orderCount() const { return static_cast<std::size_t>(m_options.maxOrder / 2); } ///< that are fitted

    const FilterSettings& m_settings;
    const CorrelationSums& m_sums;
    const TaskContext& m_task;
    double m_qMax, m_diameter = 0, m_particles = 1;
    int m_maxOrder = 0, m_iterations = 0;
    HarmonicData m_data;
    LegendreFitOptions m_options;
    Array<double, 2> m_falling;
    std::vector<double> m_shells, m_condition;
    std::vector<OrderEstimate> m_estimates;
    Array<double, 3> m_filtered;  ///< [k][q][q'] on the rings, per frame
    Array<double, 3> m_predicted; ///< what they say C_m is
    Record m_record;
};

std::vector<View<const double, 2>> Run::sets(const Array<double, 4>& b, std::size_t k) const {
    std::vector<View<const double, 2>> views;
    for (std::size_t s = 0; s < b.extent(0); ++s)
        views.push_back(b[s][k]);
    return views;
}

void Run::decideParticles() {
    if (m_settings.particles)
        m_particles = *m_settings.particles;
    else if (m_sums.experiment.particlesKnown)
        m_particles = m_sums.experiment.particlesPerShot;
    if (!(m_particles > 0) || !std::isfinite(m_particles))
        throw Error(ErrorCode::badInput,
                    fmt::format("particles per shot of the correlation is {}, expected a number above 0", m_particles));
}

/// Reads as many harmonics as the highest order may need. An automatic diameter bounds it by the largest trial.
void Run::gather() {
    double largest = m_settings.diameter.value_or(0), extent = 0;
    if (!m_settings.diameter) {
        const HarmonicData means = gatherHarmonics(m_sums, 2, m_task);
        extent = pairDistances(means.q, means.mean).extent;
        largest = extent * kScanHigh * 1.1;
    }
    const int order = std::max({2, floorEven(m_qMax * largest), m_settings.maxOrder.value_or(0)});
    m_data = gatherHarmonics(m_sums, order + 2 * m_settings.guardOrders, m_task);
    m_diameter = m_settings.diameter ? *m_settings.diameter : scannedDiameter(extent);
}

double Run::scannedDiameter(double extent) {
    LegendreFitOptions options;
    const int carried = floorEven(*std::max_element(m_data.ringOrder.begin(), m_data.ringOrder.end()));
    options.maxOrder = std::max(2, std::min(floorEven(1.1 * m_qMax * extent), carried));
    options.tikhonov = m_settings.tikhonov;
    const Array<double, 4> b = LegendreFit(m_data, options).solve(m_data, {}, m_task);
    std::vector<double> trials;
    for (int t = 0; t < kScanTrials; ++t)
        trials.push_back(extent * (kScanLow + (kScanHigh - kScanLow) * t / (kScanTrials - 1)));
    const DiameterScan scan = scanDiameter(m_data, b, trials, m_qMax, m_task);
    const bool clear = *std::max_element(scan.misfit.begin(), scan.misfit.end()) > 0;
    const double diameter = clear ? scan.best : extent;
    m_record.emplace_back("diameter from P(r)", extent);
    for (std::size_t t = 0; t < trials.size(); ++t)
        m_record.emplace_back(fmt::format("diameter scan {:.1f}", trials[t]), scan.misfit[t]);
    m_task.info(fmt::format("particle diameter: P(r) ends at {:.0f} Å; {} {:.1f} Å", extent,
                            clear ? "the scan of B_l gives" : "no order is clear enough for a scan, taking", diameter));
    return diameter;
}

void Run::checkDiameter() {
    if (m_qMax * m_diameter < M_PI)
        throw Error(
            ErrorCode::badSettings,
            fmt::format("diameter is {:.4g} Å, expected at least {:.4g} Å: rings up to q = {:.4g} 1/Å do not resolve "
                        "a smaller particle",
                        m_diameter, M_PI / m_qMax, m_qMax));
    const std::size_t nq = m_data.qCount();
    const double spacing = nq > 1 ? (m_data.q.back() - m_data.q.front()) / static_cast<double>(nq - 1) : m_qMax;
    if (m_diameter * spacing > 2 * M_PI)
        throw Error(
            ErrorCode::badSettings,
            fmt::format("diameter is {:.4g} Å, expected at most {:.4g} Å: rings {:.4g} 1/Å apart do not resolve a "
                        "larger particle",
                        m_diameter, 2 * M_PI / spacing, spacing));
    if (m_diameter * spacing > M_PI)
        m_task.warn(fmt::format("rings are {:.4g} 1/Å apart; a particle of {:.4g} Å needs {:.4g} 1/Å or finer", spacing,
                                m_diameter, M_PI / m_diameter));
}

void Run::decideOrders() {
    const int wanted = std::max(2, floorEven(m_settings.maxOrder ? *m_settings.maxOrder : m_qMax * m_diameter));
    const int carried = floorEven(*std::max_element(m_data.ringOrder.begin(), m_data.ringOrder.end()));
    m_maxOrder = std::min(wanted, carried);
    if (m_maxOrder < wanted)
        m_task.warn(
            fmt::format("orders up to l = {} are asked for, but the rings carry harmonics up to m = {} only: the "
                        "highest order is {}",
                        wanted, carried, m_maxOrder));
    // All orders that the particle has are fitted, however few are asked for: what is left out would fall into the last ones.
    const int present = std::max(m_maxOrder, floorEven(m_qMax * m_diameter));
    m_options.maxOrder = std::min(present + 2 * m_settings.guardOrders, carried);
    m_options.tikhonov = m_settings.tikhonov;
}

/// Odd l have no expectation: what a fit of all l finds of them measures errors of geometry and wavelength.
void Run::reportOddOrders() {
    if (!m_settings.oddOrders)
        return;
    if (!m_data.curved) {
        m_task.warn("odd orders cannot be told from even ones on a flat Ewald sphere; the check is left out");
        return;
    }
    LegendreFitOptions options = m_options;
    options.allOrders = true;
    const LegendreFit fit(m_data, options);
    const Array<double, 4> b = fit.solve(m_data, {}, m_task);
    double power[2] = {0, 0};
    for (int k = 0; k < fit.orderCount(); ++k)
        for (std::size_t i = 0; i < m_data.qCount(); ++i)
            for (std::size_t j = 0; j < m_data.qCount(); ++j) {
                double value = 0;
                for (std::size_t s = 0; s < b.extent(0); ++s)
                    value += m_data.weight[s] * b(s, k, i, j);
                const double weight = std::pow(m_data.q[i] * m_data.q[j], 2) /
                                      std::max(std::abs(m_data.mean[i] * m_data.mean[j]), 1e-300);
                power[fit.orderOf(k) % 2] += weight * value * value;
            }
    const double ratio = power[0] > 0 ? std::sqrt(power[1] / power[0]) : 0;
    m_record.emplace_back("odd against even orders", ratio);
    m_task.info(fmt::format("odd orders are {:.2g} of the even ones (1e-4 to 3e-3 for a right geometry)", ratio));
}

void Run::prepareOrders(const Array<double, 4>& b) {
    m_falling = fallingDiagonal(m_data);
    const double shannon = M_PI / m_diameter;
    const int shells = m_settings.qGrid.value_or(std::max(2, static_cast<int>(std::ceil(m_qMax / shannon - 1e-9))));
    m_shells = outputShells(m_data, m_qMax / shells, m_qMax);
    m_estimates.resize(orderCount());
    parallelFor(orderCount(), 1, m_task, [&](const auto& range) {
        for (std::size_t k = range.begin(); k < range.end(); ++k)
            m_estimates[k] =
                prepareOrder(2 + 2 * static_cast<int>(k), rules(), m_data, m_falling, sets(b, k), m_shells);
    });
}

/// Tiers 2 and 3 for every order; returns the largest relative change of a B_l that is kept.
double Run::estimate(const Array<double, 4>& b) {
    const std::size_t nq = m_data.qCount();
    Array<double, 3> next({b.extent(1), nq, nq});
    std::vector<double> change(orderCount(), 0.0);
    parallelFor(orderCount(), 1, m_task, [&](const auto& range) {
        for (std::size_t k = range.begin(); k < range.end(); ++k) {
            OrderEstimate& e = m_estimates[k];
            estimateOrder(e, rules(), m_data, sets(b, k));
            const Array<double, 2> model = expandFactor(e.basis.fine, e.kept.factor);
            double difference = 0, size = 0;
            for (std::size_t i = 0; i < nq; ++i)
                for (std::size_t j = 0; j < nq; ++j) {
                    next(k, i, j) = model(i, j);
                    const double w = e.weights[i] * e.weights[j];
                    const double before = m_filtered.empty() ? 0 : m_filtered(k, i, j);
                    difference += std::pow(w * (model(i, j) - before), 2);
                    size += std::pow(w * model(i, j), 2);
                }
            change[k] = size > 0 ? std::sqrt(difference / size) : 0;
        }
    });
    m_filtered = std::move(next);
    return *std::max_element(change.begin(), change.end());
}

/// The residual tells how noisy each row really is; orders without a component above the noise are held at zero, so
/// that they do not carry their row's noise into the others. Orders that have one are not held: both halves would be
/// drawn to one value.
void Run::updateWeights(const LegendreFit& fit) {
    const std::size_t nq = m_data.qCount(), rows = m_data.c.extent(1);
    std::vector<double> noise(rows, 0.0);
    parallelFor(rows, 1, m_task, [&](const auto& range) {
        for (std::size_t m = std::max<std::size_t>(2, range.begin()); m < range.end(); ++m) {
            double sum = 0, count = 0;
            for (std::size_t i = 0; i < nq; ++i)
                for (std::size_t j = 0; j < nq; ++j) {
                    if (std::min(m_data.ringOrder[i], m_data.ringOrder[j]) < static_cast<int>(m) ||
                        m_data.missing(i, j))
                        continue;
                    double value = -m_predicted(m, i, j);
                    for (std::size_t s = 0; s < m_data.setCount(); ++s)
                        value += m_data.weight[s] * m_data.c(s, m, i, j);
                    sum += value * value / (m_falling(m, i) * m_falling(m, j));
                    ++count;
                }
            noise[m] = count > 0 ? std::sqrt(sum / count) : 0;
        }
    });
    std::vector<double> sorted;
    for (std::size_t m = 2; m < rows; m += m_data.curved ? 1 : 2)
        sorted.push_back(noise[m]);
    std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2), sorted.end());
    const double median = sorted[sorted.size() / 2];
    m_options.rowNoise.assign(std::max<std::size_t>(rows, static_cast<std::size_t>(m_options.maxOrder) + 1), 1.0);
    for (std::size_t m = 2; m < rows && median > 0; ++m)
        m_options.rowNoise[m] = std::clamp(noise[m] / median, 1 / kRowNoiseRange, kRowNoiseRange);
    m_options.hold.assign(static_cast<std::size_t>(fit.orderCount()), 0.0);
    for (std::size_t k = 0; k < orderCount(); ++k)
        m_options.hold[k] = m_estimates[k].kept.rank == 0 ? kHoldAtZero : 0;
}

void Run::warnOfMisfit(const Array<double, 4>& b) {
    const double trial[] = {m_diameter};
    const double misfit = scanDiameter(m_data, b, trial, m_qMax, m_task).misfit.front();
    m_record.emplace_back("misfit of the diameter", misfit);
    if (misfit > kWarnMisfit)
        m_task.warn(fmt::format(
            "a particle of {:.4g} Å leaves {:.0f} % of the clear B_l unexplained: the diameter may be too small",
            m_diameter, 100 * misfit));
}

void Run::iterate() {
    ProgressMeter meter(m_task, "Filtering", static_cast<std::uint64_t>(m_settings.iterations), "passes");
    for (m_iterations = 0; m_iterations < m_settings.iterations;) {
        const LegendreFit fit(m_data, m_options);
        const Array<double, 4> b = fit.solve(m_data, m_filtered, m_task);
        if (m_iterations == 0) {
            prepareOrders(b);
            warnOfMisfit(b);
        }
        const double change = estimate(b);
        m_predicted = fit.predict(m_filtered, m_data.maxHarmonic, m_task);
        m_condition = fit.condition(m_data);
        ++m_iterations;
        m_record.emplace_back(fmt::format("change in pass {}", m_iterations), change);
        if ((m_iterations > 1 && change < m_settings.tolerance) || m_task.finishRequested()) {
            meter.advance(
                static_cast<std::uint64_t>(m_settings.iterations - m_iterations + 1)); // the rest is not needed
            return;
        }
        meter.advance();
        updateWeights(fit);
    }
}

/// Row 0 was not fitted: what it holds of B_0 and of pairs of different particles is the product of the means.
Array<double, 3> Run::filteredHarmonics() const {
    const std::size_t nq = m_data.qCount();
    Array<double, 3> c({static_cast<std::size_t>(m_maxOrder) + 1, nq, nq});
    const std::size_t known = std::min(c.extent(0), m_predicted.extent(0));
    std::copy_n(m_predicted.data(), known * nq * nq, c.data());
    for (std::size_t i = 0; i < nq; ++i)
        for (std::size_t j = 0; j < nq; ++j)
            c(0, i, j) += m_data.mean[i] * m_data.mean[j];
    return c;
}

Coefficients Run::pack(const PackingPlan& plan, int set) const {
    const auto mean = set < 0 ? std::span<const double>(m_data.mean)
                              : std::span<const double>(m_data.setMean[static_cast<std::size_t>(set)].span());
    Coefficients c =
        packCoefficients(plan, m_estimates, meanOnShells(m_data, mean, m_diameter, m_qMax, m_particles, m_shells), set);
    c.regularisation = m_record;
    return c;
}

FilterResult Run::result() {
    decideParticles();
    gather();
    checkDiameter();
    decideOrders();
    reportOddOrders();
    iterate();
    m_record.emplace_back("tikhonov", m_settings.tikhonov);
    m_record.emplace_back("rank threshold", m_settings.rankThreshold);
    for (const OrderEstimate& e : m_estimates)
        m_record.emplace_back(fmt::format("Hankel terms of l = {}", e.order), e.terms);
    for (std::size_t m = 2; m < m_options.rowNoise.size(); ++m)
        m_record.emplace_back(fmt::format("noise of row m = {}", m), m_options.rowNoise[m]);

    PackingPlan plan{m_maxOrder, m_particles, m_diameter, m_shells, m_condition, m_sums.experiment};
    plan.experiment.particlesPerShot = m_particles;
    plan.experiment.particlesKnown = m_settings.particles || m_sums.experiment.particlesKnown;
    FilterResult result;
    result.all = pack(plan, -1);
    for (std::size_t s = 0; m_data.setCount() == 2 && s < 2; ++s)
        result.halves.push_back(pack(plan, static_cast<int>(s)));
    result.fineQ = m_data.q;
    result.filteredC = filteredHarmonics();
    result.frames = m_sums.frameCount();
    result.iterations = m_iterations;
    return result;
}

} // namespace

Filter::Filter(FilterSettings settings) : m_settings(std::move(settings)) {
    throwIfFatal(m_settings.validate());
}

FilterResult Filter::run(const CorrelationSums& sums, const TaskContext& task) const {
    task.checkpoint();
    return withContext("filtering", [&] { return Run(m_settings, sums, task).result(); });
}

} // namespace fxs
