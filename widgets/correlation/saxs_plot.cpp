#include "widgets/correlation/saxs_plot.h"

#include "widgets/plot/curve_plot.h"
#include "widgets/plot/plot_style.h"

#include <QtWidgets>
#include <cmath>

namespace fxs::ui {

/// What the background hands over.
struct SaxsPlot::Curves {
    std::vector<SaxsMean> means;
    std::vector<QString> names;
    std::optional<GuinierFit> fit;
    QString problem;
};

namespace {

QDoubleSpinBox* rangeField(const QString& name, const QString& help) {
    auto* field = new QDoubleSpinBox;
    field->setDecimals(4);
    field->setRange(0, 100);
    field->setSingleStep(0.001);
    field->setSpecialValueText(QObject::tr("auto"));
    field->setSuffix(QObject::tr(" 1/Å"));
    field->setKeyboardTracking(false);
    field->setAccessibleName(name);
    field->setToolTip(help);
    return field;
}

} // namespace

SaxsPlot::SaxsPlot(Background& background, QWidget* parent)
    : QWidget(parent), m_work(background), m_plot(new CurvePlot) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(2);
    m_fitBar = makeFitBar();
    m_axisBar = makeAxisBar();
    layout->addWidget(m_plot, 1);
    layout->addWidget(m_fitBar);
    layout->addWidget(m_axisBar);
    m_plot->setTitle(tr("Mean image against q"));
    m_plot->setMinimumHeight(80);
    setKind(intensity);
}

SaxsPlot::~SaxsPlot() = default;

QWidget* SaxsPlot::makeFitBar() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(2, 0, 2, 0);
    m_fitFrom = rangeField(tr("Guinier fit from q"), tr("Lowest q of the fit, 1/Å; auto: the lowest ring"));
    m_fitTo = rangeField(tr("Guinier fit to q"), tr("Highest q of the fit, 1/Å; auto: where q R_g is 1.3"));
    m_result = new QLabel;
    m_result->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_result->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_result->setToolTip(tr("Rings in the fit and its reduced χ²; the legend has the radius of gyration and I(0) with "
                            "the standard errors of "
                            "the weighted fit, enlarged where the points scatter more than their errors say"));
    row->addWidget(new QLabel(tr("Fit")));
    row->addWidget(m_fitFrom);
    row->addWidget(new QLabel(QStringLiteral("–")));
    row->addWidget(m_fitTo);
    row->addWidget(m_result, 1);
    connect(m_fitFrom, &QDoubleSpinBox::valueChanged, this, &SaxsPlot::refresh);
    connect(m_fitTo, &QDoubleSpinBox::valueChanged, this, &SaxsPlot::refresh);
    return bar;
}

QWidget* SaxsPlot::makeAxisBar() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(2, 0, 2, 0);
    m_logX = new QCheckBox(tr("log q"));
    m_logX->setToolTip(tr("Logarithmic q axis"));
    m_logY = new QCheckBox(tr("log I"));
    m_logY->setToolTip(tr("Logarithmic intensity axis"));
    m_logY->setChecked(true);
    row->addWidget(m_logX);
    row->addWidget(m_logY);
    row->addStretch(1);
    connect(m_logX, &QCheckBox::toggled, this, &SaxsPlot::refresh);
    connect(m_logY, &QCheckBox::toggled, this, &SaxsPlot::refresh);
    return bar;
}

void SaxsPlot::setSums(std::vector<NamedSums> sums) {
    m_sums = std::move(sums);
    refresh();
}

void SaxsPlot::setKind(Kind kind) {
    m_kind = kind;
    m_fitBar->setVisible(kind == guinier);
    m_axisBar->setVisible(kind == intensity);
    refresh();
}

GuinierRange SaxsPlot::fitRange() const {
    const auto end = [](const QDoubleSpinBox& field) {
        return field.value() > 0 ? std::optional(field.value()) : std::nullopt;
    };
    return {end(*m_fitFrom), end(*m_fitTo)};
}

void SaxsPlot::setFitRange(const GuinierRange& range) {
    m_fitFrom->setValue(range.qMin.value_or(0));
    m_fitTo->setValue(range.qMax.value_or(0));
}

void SaxsPlot::refresh() {
    m_work.submit([this, sums = m_sums, kind = m_kind, range = fitRange()]() -> std::function<void()> {
        Curves curves;
        for (const NamedSums& named : sums)
            if (named.sums && named.sums->frameCount() > 0) {
                curves.means.push_back(saxsMean(*named.sums));
                curves.names.push_back(named.name);
            }
        if (kind == guinier && !curves.means.empty()) {
            const Result<GuinierFit> fit = fitGuinier(curves.means.front(), range);
            if (fit)
                curves.fit = *fit;
            else
                curves.problem = QString::fromStdString(fit.error().message());
        }
        return [this, curves = std::move(curves), kind] { showCurves(curves, kind); };
    });
}

void SaxsPlot::showCurves(const Curves& result, Kind kind) {
    m_fit = result.fit;
    if (kind != m_kind)
        return; // overtaken: the right one follows
    if (kind == guinier)
        return showGuinier(result);
    std::vector<Curve> curves;
    for (std::size_t c = 0; c < result.means.size(); ++c) {
        const SaxsMean& mean = result.means[c];
        Curve curve{.name = result.names[c], .x = mean.q, .y = mean.intensity, .error = mean.error};
        for (std::size_t i = 0; kind == kratky && i < curve.x.size(); ++i) {
            const double q2 = mean.q[i] * mean.q[i];
            curve.y[i] *= q2;
            curve.error[i] *= q2;
        }
        curves.push_back(std::move(curve));
    }
    m_plot->setRangeX(std::nullopt);
    m_plot->setLegendCorner(Qt::AlignRight | Qt::AlignTop);
    m_plot->setLogarithmic(kind == intensity && m_logX->isChecked(), kind == intensity && m_logY->isChecked());
    m_plot->setAxes({tr("q"), tr("1/Å")}, kind == kratky ? AxisText{tr("q² ⟨I(q)⟩"), tr("intensity/Å²")}
                                                         : AxisText{tr("⟨I(q)⟩"), tr("intensity")});
    m_plot->setMarkers({});
    m_plot->setCurves(std::move(curves));
}

void SaxsPlot::showGuinier(const Curves& result) {
    std::vector<Curve> curves;
    for (std::size_t c = 0; c < result.means.size(); ++c) {
        const SaxsMean& mean = result.means[c];
        Curve curve{.name = result.names[c].isEmpty() ? tr("data") : result.names[c], .points = true, .line = false};
        for (std::size_t i = 0; i < mean.q.size(); ++i)
            if (mean.intensity[i] > 0) {
                curve.x.push_back(mean.q[i] * mean.q[i]);
                curve.y.push_back(std::log(mean.intensity[i]));
                curve.error.push_back(mean.error[i] / mean.intensity[i]);
            }
        curves.push_back(std::move(curve));
    }
    std::vector<Marker> markers;
    if (const auto& fit = result.fit) {
        Curve line{.name = tr("R_g = %1 ± %2 Å, I(0) = %3 ± %4")
                               .arg(fit->radius, 0, 'f', 2)
                               .arg(shortNumber(fit->radiusError, 2), shortNumber(fit->intensity0),
                                    shortNumber(fit->intensity0Error, 2)),
                   .width = 2};
        constexpr int kPoints = 40;
        for (int i = 0; i <= kPoints; ++i) {
            const double q = fit->qMax * std::sqrt(1.0 * i / kPoints);
            line.x.push_back(q * q);
            line.y.push_back(std::log(fit->intensityAt(q)));
        }
        curves.push_back(std::move(line));
        markers.push_back({.at = fit->qMin * fit->qMin, .vertical = true, .label = {}});
        markers.push_back({.at = fit->qMax * fit->qMax,
                           .vertical = true,
                           .label = tr("q R_g = %1").arg(fit->qMax * fit->radius, 0, 'f', 2)});
        m_result->setText(
            tr("%1 rings").arg(fit->points) +
            (fit->reducedChiSquare > 0 ? tr(", χ² %1").arg(shortNumber(fit->reducedChiSquare, 2)) : QString()));
    } else {
        m_result->setText(result.problem);
    }
    // The region of the fit and as much again: beyond it, ln I against q² says nothing.
    const bool hasFit = result.fit.has_value();
    m_plot->setLogarithmic(false, false);
    m_plot->setLegendCorner(Qt::AlignLeft | Qt::AlignBottom);
    m_plot->setAxes({tr("q²"), tr("1/Å²")}, {tr("ln ⟨I(q)⟩"), {}});
    m_plot->setMarkers(std::move(markers));
    m_plot->setCurves(std::move(curves));
    m_plot->setRangeX(hasFit ? std::optional(Levels{0, 2 * result.fit->qMax * result.fit->qMax}) : std::nullopt);
}

void SaxsPlot::saveState(QDataStream& out) const {
    out << qint32(m_kind) << m_fitFrom->value() << m_fitTo->value() << m_logX->isChecked() << m_logY->isChecked();
}

void SaxsPlot::restoreState(QDataStream& in) {
    qint32 kind = 0;
    double from = 0, to = 0;
    bool logX = false, logY = true;
    in >> kind >> from >> to >> logX >> logY;
    if (in.status() != QDataStream::Ok)
        return;
    m_fitFrom->setValue(from);
    m_fitTo->setValue(to);
    m_logX->setChecked(logX);
    m_logY->setChecked(logY);
    setKind(static_cast<Kind>(std::clamp<qint32>(kind, intensity, kratky)));
}

} // namespace fxs::ui
