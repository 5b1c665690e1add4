#include "widgets/convergence/convergence_view.h"

#include "widgets/plot/curve_plot.h"
#include "widgets/plot/panel.h"
#include "widgets/plot/plot_style.h"

#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>
#include <numbers>

namespace fxs::ui {

namespace {

Curve fscCurve(const ShellCorrelation& fsc, const QString& name, const QColor& colour) {
    return {.name = name, .x = fsc.q, .y = fsc.fsc, .colour = colour};
}

QString resolutionText(double angstrom, bool reachesBandLimit) {
    if (!(angstrom > 0))
        return QStringLiteral("–");
    // The sign says that the data end before the curve falls.
    return QStringLiteral("%1%2 Å").arg(reachesBandLimit ? QStringLiteral("≤ ") : QString()).arg(angstrom, 0, 'f', 1);
}

} // namespace

ConvergenceView::ConvergenceView(QWidget* parent)
    : QWidget(parent), m_residual(new CurvePlot), m_fsc(new CurvePlot), m_prtf(new CurvePlot) {
    m_residualPanel = new Panel(tr("Convergence"), m_residual);
    m_fscPanel = new Panel(tr("FSC between half sets"), m_fsc);
    m_prtfPanel = new Panel(tr("Phase retrieval transfer (PRTF)"), m_prtf);
    m_residual->setTitle(tr("Residual of every restart against iteration"));
    m_fsc->setTitle(tr("Fourier shell correlation against q"));
    m_prtf->setTitle(tr("Phase retrieval transfer function against q"));
    m_residual->setAxes({tr("iteration"), {}}, {tr("residual"), {}});
    m_residual->setLogarithmic(false, true);
    m_fsc->setAxes({tr("q = 2π/d"), tr("1/Å")}, {tr("FSC"), {}});
    m_fsc->setRangeY(Levels{-0.05, 1.05});
    m_fsc->setLegendCorner(Qt::AlignLeft | Qt::AlignBottom);
    m_prtf->setAxes({tr("q = 2π/d"), tr("1/Å")}, {tr("PRTF"), {}});
    m_prtf->setRangeY(Levels{0, 1.05});
    m_fsc->setEmptyText(tr("no half-set reconstructions yet"));
    m_prtf->setEmptyText(tr("needs a finished phasing"));

    auto* splitter = new QSplitter(Qt::Vertical);
    for (Panel* panel : {m_residualPanel, m_fscPanel, m_prtfPanel})
        splitter->addWidget(panel);
    splitter->setChildrenCollapsible(false);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(splitter);
}

ConvergenceView::~ConvergenceView() = default;

void ConvergenceView::setPhasing(std::shared_ptr<const PhasingSnapshot> snapshot) {
    if (!snapshot)
        return;
    showRestarts(snapshot->restarts);
    if (snapshot->iterationCount > 0)
        m_residualPanel->setNote(tr("iteration %1 of %2").arg(snapshot->iteration).arg(snapshot->iterationCount));
}

void ConvergenceView::setReconstruction(std::shared_ptr<const Reconstruction> reconstruction) {
    if (!reconstruction) {
        m_residual->setCurves({});
        m_fsc->setCurves({});
        m_fsc->setMarkers({});
        m_prtf->setCurves({});
        for (Panel* panel : {m_residualPanel, m_fscPanel, m_prtfPanel})
            panel->setNote({});
        return;
    }
    showRestarts(reconstruction->restarts);
    showFsc(*reconstruction);
    std::vector<Curve> prtf;
    if (!reconstruction->prtf.empty())
        prtf.push_back({.x = reconstruction->prtfQ, .y = reconstruction->prtf});
    m_prtf->setCurves(std::move(prtf));
    m_prtf->setMarkers({{.at = 1 / std::numbers::e, .label = tr("1/e")}});
}

void ConvergenceView::showRestarts(const std::vector<Restart>& restarts) {
    const Theme theme = Theme::of(palette());
    std::vector<Curve> curves;
    std::size_t selected = 0;
    for (const Restart& restart : restarts)
        selected += restart.selected ? 1 : 0;
    // What is left out is drawn first, so that it lies behind.
    for (const bool chosen : {false, true})
        for (const Restart& restart : restarts) {
            if (restart.selected != chosen || restart.convergence.empty())
                continue;
            Curve curve;
            for (std::size_t i = 0; i < restart.convergence.size(); ++i) {
                curve.x.push_back(static_cast<double>(i + 1));
                curve.y.push_back(static_cast<double>(restart.convergence[i]));
            }
            const bool anySelected = selected > 0;
            curve.colour = !anySelected ? theme.series(static_cast<int>(curves.size()))
                           : chosen     ? theme.accent
                                        : theme.muted;
            curve.faint = anySelected && !chosen;
            curve.width = 1.3;
            const bool firstOfKind = std::none_of(curves.begin(), curves.end(), [&](const Curve& c) {
                return !c.name.isEmpty() && c.faint == curve.faint;
            });
            if (anySelected && firstOfKind)
                curve.name = chosen ? tr("averaged (%1)").arg(selected) : tr("left out");
            curves.push_back(std::move(curve));
        }
    m_residual->setCurves(std::move(curves));
    m_residualPanel->setNote(restarts.empty() ? QString() : tr("restarts: %1").arg(restarts.size()));
}

void ConvergenceView::showFsc(const Reconstruction& r) {
    const Theme theme = Theme::of(palette());
    std::vector<Curve> curves;
    std::vector<Marker> markers{{.at = 0.5, .label = tr("0.5")}, {.at = 0.143, .label = tr("0.143")}};
    QString note;
    const auto add = [&](const ShellCorrelation& fsc, const QString& name, const QColor& colour) {
        if (fsc.fsc.empty())
            return;
        curves.push_back(fscCurve(fsc, name, colour));
        if (!fsc.reachesBandLimitHalf && fsc.resolutionHalf > 0)
            markers.push_back({.at = 2 * std::numbers::pi / fsc.resolutionHalf, .vertical = true, .colour = colour});
        if (note.isEmpty())
            note = tr("0.5 at %1, 0.143 at %2")
                       .arg(resolutionText(fsc.resolutionHalf, fsc.reachesBandLimitHalf),
                            resolutionText(fsc.resolution0143, fsc.reachesBandLimit0143));
    };
    add(r.halfSetFsc, tr("between half sets"), theme.series(0));
    add(r.referenceFsc, tr("against reference"), theme.series(1));
    // Without half sets, the one curve is the comparison with the reference.
    m_fscPanel->setTitle(r.halfSetFsc.fsc.empty() && !r.referenceFsc.fsc.empty() ? tr("FSC against reference")
                                                                                 : tr("FSC between half sets"));
    m_fscPanel->setNote(note);
    m_fsc->setCurves(std::move(curves));
    m_fsc->setMarkers(std::move(markers));
}

} // namespace fxs::ui
