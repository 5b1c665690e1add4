#include "widgets/correlation/quality_plot.h"

#include "widgets/plot/curve_plot.h"
#include "widgets/plot/plot_style.h"

#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs::ui {

namespace {

constexpr double kAgree = 0.5; // what counts as agreement, as for a Fourier shell correlation

double meanOf(const std::vector<double>& values, std::size_t first, std::size_t last) {
    double sum = 0;
    for (std::size_t i = first; i < last; ++i)
        sum += values[i];
    return last > first ? sum / static_cast<double>(last - first) : 0;
}

} // namespace

void GrowthHistory::add(const CorrelationSnapshot& snapshot) {
    if (!snapshot.sums || snapshot.sums->frames[0] == 0 || snapshot.sums->frames[1] == 0)
        return;
    const std::vector<double>& values = snapshot.halfSetPerRing;
    const std::uint64_t images = snapshot.sums->frameCount();
    if (values.empty() || values.size() != snapshot.sums->grid.qCount())
        return;
    if (m_q != snapshot.sums->grid.q || (!m_series[0].empty() && images < m_series[0].back().images))
        clear();
    if (!m_series[0].empty() && images == m_series[0].back().images)
        return;
    m_q = snapshot.sums->grid.q;
    m_series[0].push_back({images, meanOf(values, 0, values.size())});
    for (std::size_t s = 0; s < kShells; ++s)
        m_series[s + 1].push_back(
            {images, meanOf(values, s * values.size() / kShells, (s + 1) * values.size() / kShells)});
    constexpr std::size_t kMost = 200;
    for (auto& points : m_series)
        if (points.size() > kMost) {
            std::vector<GrowthPoint> kept;
            for (std::size_t i = 0; i < points.size(); ++i)
                if (i >= kMost / 2 || i % 2 == 0)
                    kept.push_back(points[i]);
            points = std::move(kept);
        }
}

void GrowthHistory::clear() {
    m_series = {};
    m_q.clear();
}

QString GrowthHistory::shellName(std::size_t shell) const {
    if (m_q.empty())
        return {};
    const std::size_t n = m_q.size(), first = shell * n / kShells;
    const std::size_t last = std::max(first + 1, (shell + 1) * n / kShells) - 1;
    return QObject::tr("q %1 – %2 1/Å").arg(m_q[first], 0, 'f', 3).arg(m_q[last], 0, 'f', 3);
}

QualityPlot::QualityPlot(QWidget* parent) : QWidget(parent), m_plot(new CurvePlot) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_plot);
    m_plot->setTitle(tr("Agreement of the half sets"));
    m_plot->setMinimumHeight(80);
    m_plot->setToolTip(tr("Pearson correlation of the C_m (m ≥ 1) of images of even and of odd index: per ring over m, "
                          "per harmonic over all "
                          "pairs of rings, and the mean over rings against the number of images"));
    refresh();
}

void QualityPlot::setSnapshot(std::shared_ptr<const CorrelationSnapshot> snapshot) {
    m_snapshot = std::move(snapshot);
    if (m_snapshot)
        m_history.add(*m_snapshot);
    else
        m_history.clear();
    refresh();
}

void QualityPlot::setKind(Kind kind) {
    m_kind = kind;
    refresh();
}

void QualityPlot::refresh() {
    m_note.clear();
    m_plot->setRangeY(Levels{0, 1.05});
    m_plot->setEmptyText(tr("nothing to show yet"));
    if (m_kind == perRing)
        showRings();
    else if (m_kind == perHarmonic)
        showHarmonics();
    else
        showGrowth();
    Q_EMIT noteChanged();
}

void QualityPlot::showRings() {
    m_plot->setLogarithmic(false, false);
    m_plot->setAxes({tr("q"), tr("1/Å")}, {tr("half-set correlation"), {}});
    if (!m_snapshot || !m_snapshot->sums || m_snapshot->halfSetPerRing.empty()) {
        m_plot->setMarkers({});
        return m_plot->setCurves({});
    }
    const std::vector<double>& q = m_snapshot->sums->grid.q;
    std::vector<Marker> markers{{.at = kAgree, .label = tr("0.5")}};
    const double limit = agreementLimit(q, m_snapshot->halfSetPerRing, kAgree);
    if (limit > 0) {
        const double angstrom = 2 * std::numbers::pi / limit;
        m_note = limit >= q.back()
                     ? tr("halves agree over all rings, to %1 Å").arg(angstrom, 0, 'f', 1)
                     : tr("halves agree to q = %1 1/Å (%2 Å)").arg(limit, 0, 'f', 4).arg(angstrom, 0, 'f', 1);
        markers.push_back({.at = limit, .vertical = true, .label = tr("%1 Å").arg(angstrom, 0, 'f', 1)});
    } else {
        m_note = tr("the halves do not agree yet");
    }
    m_plot->setMarkers(std::move(markers));
    m_plot->setCurves({{.x = q, .y = m_snapshot->halfSetPerRing}});
}

void QualityPlot::showHarmonics() {
    m_plot->setLogarithmic(false, false);
    m_plot->setAxes({tr("harmonic m"), {}}, {tr("half-set correlation"), {}});
    std::vector<Curve> curves;
    if (m_snapshot) {
        Curve even{.name = tr("even m"), .points = true}, odd{.name = tr("odd m"), .points = true};
        odd.faint = true;
        for (std::size_t m = 1; m < m_snapshot->halfSetPerHarmonic.size(); ++m) {
            Curve& curve = m % 2 == 0 ? even : odd;
            curve.x.push_back(static_cast<double>(m));
            curve.y.push_back(m_snapshot->halfSetPerHarmonic[m]);
        }
        for (Curve* curve : {&even, &odd})
            if (!curve->x.empty())
                curves.push_back(std::move(*curve));
    }
    m_plot->setMarkers({{.at = kAgree, .label = tr("0.5")}});
    m_plot->setCurves(std::move(curves));
}

void QualityPlot::showGrowth() {
    m_plot->setAxes({tr("images"), {}}, {tr("half-set correlation"), {}});
    m_plot->setLegendCorner(Qt::AlignLeft | Qt::AlignTop);
    m_plot->setLogarithmic(true, false);
    std::vector<Curve> curves;
    const GrowthHistory::Series& series = m_history.series();
    for (std::size_t s = 0; s < series.size() && !series[0].empty(); ++s) {
        Curve curve{.name = s == 0 ? tr("all rings") : m_history.shellName(s - 1),
                    .series = static_cast<int>(s),
                    .points = series[s].size() < 30,
                    .width = s == 0 ? 2.4 : 1.4};
        for (const GrowthPoint& p : series[s]) {
            curve.x.push_back(static_cast<double>(p.images));
            curve.y.push_back(p.agreement);
        }
        curves.push_back(std::move(curve));
        const auto fit = fitGrowth(series[s]);
        if (!fit)
            continue;
        Curve law{.series = static_cast<int>(s), .dashed = true, .width = 1.2, .inLegend = false};
        const double from = static_cast<double>(series[s].back().images);
        constexpr int kPoints = 24;
        for (int i = 0; i <= kPoints; ++i) { // one decade further
            law.x.push_back(from * std::pow(10.0, 1.0 * i / kPoints));
            law.y.push_back(fit->agreementAt(law.x.back()));
        }
        curves.push_back(std::move(law));
        if (s == 0)
            m_note = tr("0.5 at %1 images, 0.9 at %2 if only noise differs (dashed)")
                         .arg(shortNumber(fit->imagesToHalf, 2), shortNumber(9 * fit->imagesToHalf, 2));
    }
    if (series[0].size() == 1)
        m_note = tr("one point only: growth is recorded while images arrive");
    m_plot->setMarkers({{.at = kAgree, .label = tr("0.5")}});
    m_plot->setCurves(std::move(curves));
}

} // namespace fxs::ui
