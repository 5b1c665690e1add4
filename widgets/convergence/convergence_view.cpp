#include "widgets/convergence/convergence_view.h"

#include "widgets/convergence/restart_table.h"
#include "widgets/plot/curve_plot.h"
#include "widgets/plot/panel.h"
#include "widgets/plot/plot_style.h"

#include <QEvent>
#include <QHeaderView>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace fxs::ui {

namespace {

constexpr double kNearPixels = 12; // how close to a curve the mouse has to be to mean it

/// "≤ 41.9 Å (4.19 nm)": the sign says that the data end before the curve falls.
QString resolutionText(double angstrom, bool reachesBandLimit) {
    if (!(angstrom > 0))
        return QStringLiteral("–");
    return QStringLiteral("%1%2 Å (%3 nm)")
        .arg(reachesBandLimit ? QStringLiteral("≤ ") : QString())
        .arg(angstrom, 0, 'f', 1)
        .arg(angstrom / 10, 0, 'f', 2);
}

Marker crossing(double angstrom, const QColor& colour, double labelAt) {
    return {.at = 2 * std::numbers::pi / angstrom,
            .vertical = true,
            .label = QStringLiteral("%1 Å\n%2 nm").arg(angstrom, 0, 'f', 1).arg(angstrom / 10, 0, 'f', 2),
            .colour = colour,
            .labelAt = labelAt};
}

} // namespace

ConvergenceView::ConvergenceView(QWidget* parent)
    : QWidget(parent), m_residual(new CurvePlot), m_fsc(new CurvePlot), m_prtf(new CurvePlot),
      m_table(new RestartTable) {
    auto* convergence = new QSplitter(Qt::Vertical);
    convergence->addWidget(m_residual);
    convergence->addWidget(m_table);
    convergence->setStretchFactor(0, 3);
    convergence->setStretchFactor(1, 1);
    convergence->setSizes({300, 130});
    m_residualPanel = new Panel(tr("Convergence"), convergence);
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

    m_splitter = new QSplitter(Qt::Vertical);
    for (Panel* panel : {m_residualPanel, m_fscPanel, m_prtfPanel})
        m_splitter->addWidget(panel);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setSizes({420, 260, 220});
    m_table->hide();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_splitter);
    connect(m_table, &RestartTable::chosenChanged, this, &ConvergenceView::drawRestarts);
    connect(m_residual, &CurvePlot::hovered, this, &ConvergenceView::nameRestart);
    m_building = false;
}

ConvergenceView::~ConvergenceView() = default;

void ConvergenceView::setPhasing(std::shared_ptr<const PhasingSnapshot> snapshot) {
    if (!snapshot)
        return;
    showRestarts(snapshot->restarts, snapshot->bestRestart < snapshot->restarts.size()
                                         ? std::optional(snapshot->bestRestart)
                                         : std::nullopt);
    if (snapshot->iterationCount > 0) {
        m_restartNote = tr("iteration %1 of %2").arg(snapshot->iteration).arg(snapshot->iterationCount);
        m_residualPanel->setNote(m_restartNote);
    }
}

void ConvergenceView::setReconstruction(std::shared_ptr<const Reconstruction> reconstruction) {
    if (!reconstruction) {
        showRestarts({}, {});
        m_halfSets = m_ownReference = {};
        showFsc();
        m_prtf->setCurves({});
        m_prtf->setMarkers({});
        return;
    }
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < reconstruction->restarts.size(); ++i) {
        const Restart& restart = reconstruction->restarts[i];
        if (restart.residual > 0 && (!best || restart.residual < reconstruction->restarts[*best].residual))
            best = i;
    }
    showRestarts(reconstruction->restarts, best);
    m_halfSets = reconstruction->halfSetFsc;
    m_ownReference = reconstruction->referenceFsc;
    showFsc();
    std::vector<Curve> prtf;
    if (!reconstruction->prtf.empty())
        prtf.push_back({.x = reconstruction->prtfQ, .y = reconstruction->prtf});
    m_prtf->setCurves(std::move(prtf));
    m_prtf->setMarkers({{.at = 1 / std::numbers::e, .label = tr("1/e")}});
}

void ConvergenceView::setReferenceFsc(const ShellCorrelation& fsc, const QString& name) {
    m_reference = fsc;
    m_referenceName = name;
    showFsc();
}

std::optional<std::size_t> ConvergenceView::chosenRestart() const {
    return m_table->chosen();
}

void ConvergenceView::showRestarts(const std::vector<Restart>& restarts, std::optional<std::size_t> best) {
    m_restarts = restarts;
    m_best = best;
    m_table->setVisible(!restarts.empty());
    m_table->setRestarts(restarts, best);
    m_restartNote = restarts.empty() ? QString() : tr("restarts: %1").arg(restarts.size());
    m_residualPanel->setNote(m_restartNote);
    drawRestarts();
}

void ConvergenceView::drawRestarts() {
    const Theme theme = Theme::of(palette());
    const auto selected =
        std::count_if(m_restarts.begin(), m_restarts.end(), [](const Restart& restart) { return restart.selected; });
    const std::optional<std::size_t> chosen = m_table->chosen();
    // What is left out is drawn first, so that it lies behind; what was chosen last, so that it lies on top.
    m_drawn.clear();
    for (std::size_t i = 0; i < m_restarts.size(); ++i)
        if (!m_restarts[i].convergence.empty())
            m_drawn.push_back(i);
    std::stable_sort(m_drawn.begin(), m_drawn.end(), [&](std::size_t a, std::size_t b) {
        const auto rank = [&](std::size_t i) { return i == chosen ? 2 : m_restarts[i].selected ? 1 : 0; };
        return rank(a) < rank(b);
    });
    std::vector<Curve> curves;
    bool namedUsed = false, namedLeft = false;
    for (const std::size_t i : m_drawn) {
        const Restart& restart = m_restarts[i];
        Curve curve;
        for (std::size_t k = 0; k < restart.convergence.size(); ++k) {
            curve.x.push_back(static_cast<double>(k + 1));
            curve.y.push_back(static_cast<double>(restart.convergence[k]));
        }
        curve.colour = selected == 0      ? theme.series(static_cast<int>(i))
                       : restart.selected ? theme.accent
                                          : theme.muted;
        curve.faint = (selected > 0 && !restart.selected) || (chosen && i != chosen);
        curve.width = 1.3;
        if (i == chosen) {
            curve.faint = false;
            curve.width = 2.8;
            curve.colour = theme.warning;
            curve.name = tr("no. %1, seed %2").arg(i + 1).arg(restart.seed);
        } else if (selected > 0 && !std::exchange(restart.selected ? namedUsed : namedLeft, true)) {
            curve.name = restart.selected ? tr("averaged (%1)").arg(selected) : tr("left out");
        }
        curves.push_back(std::move(curve));
    }
    if (m_best && !m_restarts[*m_best].convergence.empty()) {
        const Restart& best = m_restarts[*m_best];
        curves.push_back({.name = tr("best: no. %1").arg(*m_best + 1),
                          .x = {static_cast<double>(best.convergence.size())},
                          .y = {static_cast<double>(best.convergence.back())},
                          .colour = theme.good,
                          .points = true,
                          .line = false});
    }
    m_residual->setCurves(std::move(curves));
}

void ConvergenceView::nameRestart(double x, double y) {
    const QPoint mouse = m_residual->widgetPosition(x, y);
    double nearest = kNearPixels;
    std::optional<std::size_t> found;
    for (std::size_t c = 0; c < m_drawn.size(); ++c) {
        const auto& values = m_restarts[m_drawn[c]].convergence;
        const auto i = static_cast<std::ptrdiff_t>(std::lround(x)) - 1;
        if (i < 0 || i >= static_cast<std::ptrdiff_t>(values.size()))
            continue;
        const double distance = std::abs(
            m_residual->widgetPosition(x, static_cast<double>(values[static_cast<std::size_t>(i)])).y() - mouse.y());
        if (distance <= nearest) {
            nearest = distance;
            found = m_drawn[c];
        }
    }
    if (!found) {
        m_residualPanel->setNote(m_restartNote);
        return;
    }
    const Restart& restart = m_restarts[*found];
    const auto at = static_cast<std::size_t>(std::lround(x)) - 1;
    QString note = tr("no. %1 · seed %2 · %3 at iteration %4")
                       .arg(*found + 1)
                       .arg(restart.seed)
                       .arg(static_cast<double>(restart.convergence[at]), 0, 'e', 2)
                       .arg(at + 1);
    if (found == m_best)
        note += tr(" · best");
    m_residualPanel->setNote(note);
}

void ConvergenceView::showFsc() {
    const Theme theme = Theme::of(palette());
    std::vector<Curve> curves;
    std::vector<Marker> markers{{.at = 0.5, .label = tr("0.5")}, {.at = 0.143, .label = tr("0.143")}};
    QStringList notes;
    double labelAt = 0.02;
    const auto add = [&](const ShellCorrelation& fsc, const QString& name, const QColor& colour) {
        if (fsc.fsc.empty())
            return;
        curves.push_back({.name = name, .x = fsc.q, .y = fsc.fsc, .colour = colour});
        if (!fsc.reachesBandLimitHalf && fsc.resolutionHalf > 0)
            markers.push_back(crossing(fsc.resolutionHalf, colour, labelAt));
        if (!fsc.reachesBandLimit0143 && fsc.resolution0143 > 0)
            markers.push_back(crossing(fsc.resolution0143, colour, labelAt + 0.16));
        labelAt += 0.32; // labels of another curve stand lower: crossings may lie close together
        notes << tr("0.5 at %1, 0.143 at %2")
                     .arg(resolutionText(fsc.resolutionHalf, fsc.reachesBandLimitHalf),
                          resolutionText(fsc.resolution0143, fsc.reachesBandLimit0143));
    };
    const bool made = !m_reference.fsc.empty();
    const ShellCorrelation& reference = made ? m_reference : m_ownReference;
    add(m_halfSets, tr("between half sets"), theme.series(0));
    add(reference, made && !m_referenceName.isEmpty() ? tr("against %1").arg(m_referenceName) : tr("against reference"),
        theme.series(1));
    // Without half sets, the one curve is the comparison with the reference.
    const bool halves = !m_halfSets.fsc.empty(), other = !reference.fsc.empty();
    m_fscPanel->setTitle(halves && other ? tr("FSC")
                         : other         ? tr("FSC against reference")
                                         : tr("FSC between half sets"));
    m_fscPanel->setNote(notes.isEmpty() ? QString() : notes.front());
    m_fscPanel->setToolTip(notes.join(QLatin1Char('\n')));
    m_fsc->setMarkers(curves.empty() ? std::vector<Marker>{} : std::move(markers));
    m_fsc->setCurves(std::move(curves));
}

QByteArray ConvergenceView::saveViewState() const {
    const QHeaderView* header = m_table->horizontalHeader();
    QJsonObject state{{QStringLiteral("splitter"), QString::fromLatin1(m_splitter->saveState().toBase64())},
                      {QStringLiteral("sortColumn"), header->sortIndicatorSection()},
                      {QStringLiteral("descending"), header->sortIndicatorOrder() == Qt::DescendingOrder}};
    if (const auto chosen = m_table->chosen())
        state[QLatin1String("chosen")] = static_cast<int>(*chosen);
    return QJsonDocument(state).toJson(QJsonDocument::Compact);
}

void ConvergenceView::restoreViewState(const QByteArray& state) {
    const QJsonObject object = QJsonDocument::fromJson(state).object();
    if (object.isEmpty())
        return;
    m_splitter->restoreState(QByteArray::fromBase64(object[QLatin1String("splitter")].toString().toLatin1()));
    const int column = object[QLatin1String("sortColumn")].toInt();
    m_table->sortByColumn(std::clamp(column, 0, RestartTable::columnTotal - 1),
                          object[QLatin1String("descending")].toBool() ? Qt::DescendingOrder : Qt::AscendingOrder);
    const int chosen = object[QLatin1String("chosen")].toInt(-1);
    if (chosen >= 0)
        m_table->choose(static_cast<std::size_t>(chosen));
}

void ConvergenceView::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() != QEvent::PaletteChange || m_building)
        return;
    drawRestarts(); // their colours are the palette's
    showFsc();
}

} // namespace fxs::ui
