#include "widgets/plot/four_panels.h"

#include <QDataStream>
#include <QSplitter>
#include <QVBoxLayout>

namespace fxs::ui {

namespace {

constexpr quint32 kStateMark = 0x46505331; // "FPS1"

} // namespace

FourPanels::FourPanels(QWidget* topLeft, QWidget* topRight, QWidget* bottomLeft, QWidget* bottomRight, double leftPart,
                       double upperPart, QWidget* parent)
    : QWidget(parent), m_panels{topLeft, topRight, bottomLeft, bottomRight}, m_leftPart(leftPart),
      m_upperPart(upperPart) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    for (const Arrangement a : {Arrangement::grid, Arrangement::rows})
        m_sizes[a] = firstSizes(a);
    build();
}

FourPanels::Sizes FourPanels::firstSizes(Arrangement arrangement) const {
    const auto parts = [](double first) { return QList<int>{int(1000 * first), int(1000 * (1 - first))}; };
    if (arrangement == Arrangement::grid)
        return {parts(m_leftPart), parts(m_upperPart), parts(m_upperPart)};
    return {QList<int>{330, 410, 260}, parts(0.5), {}};
}

void FourPanels::build() {
    const auto splitter = [](Qt::Orientation orientation, const QList<QWidget*>& content) {
        auto* s = new QSplitter(orientation);
        for (QWidget* widget : content)
            s->addWidget(widget);
        s->setChildrenCollapsible(false);
        return s;
    };
    QSplitter* before = m_outer;
    if (m_arrangement == Arrangement::grid) {
        m_inner = {splitter(Qt::Vertical, {m_panels[0], m_panels[2]}),
                   splitter(Qt::Vertical, {m_panels[1], m_panels[3]})};
        m_outer = splitter(Qt::Horizontal, {m_inner[0], m_inner[1]});
    } else {
        m_inner = {splitter(Qt::Horizontal, {m_panels[2], m_panels[3]}), nullptr};
        m_outer = splitter(Qt::Vertical, {m_panels[0], m_panels[1], m_inner[0]});
    }
    layout()->addWidget(m_outer);
    delete before; // its panels have moved
    for (QWidget* panel : m_panels)
        panel->show();
    applySizes();
}

void FourPanels::keepSizes() const {
    Sizes& sizes = m_sizes[m_arrangement];
    sizes[0] = m_outer->sizes();
    for (std::size_t i = 0; i < m_inner.size(); ++i)
        if (m_inner[i])
            sizes[i + 1] = m_inner[i]->sizes();
}

void FourPanels::applySizes() {
    const Sizes& sizes = m_sizes[m_arrangement];
    m_outer->setSizes(sizes[0]);
    for (std::size_t i = 0; i < m_inner.size(); ++i)
        if (m_inner[i])
            m_inner[i]->setSizes(sizes[i + 1]);
}

void FourPanels::setArrangement(Arrangement arrangement) {
    if (arrangement == m_arrangement)
        return;
    keepSizes();
    m_arrangement = arrangement;
    build();
}

QByteArray FourPanels::saveState() const {
    keepSizes();
    QByteArray state;
    QDataStream out(&state, QIODevice::WriteOnly);
    out << kStateMark;
    for (const Arrangement a : {Arrangement::grid, Arrangement::rows})
        for (const QList<int>& sizes : m_sizes.at(a))
            out << sizes;
    return state;
}

bool FourPanels::restoreState(const QByteArray& state) {
    QDataStream in(state);
    quint32 mark = 0;
    in >> mark;
    std::map<Arrangement, Sizes> read;
    for (const Arrangement a : {Arrangement::grid, Arrangement::rows})
        for (QList<int>& sizes : read[a])
            in >> sizes;
    if (mark != kStateMark || in.status() != QDataStream::Ok)
        return false;
    for (const auto& [arrangement, sizes] : read)
        for (std::size_t i = 0; i < sizes.size(); ++i)
            if (sizes[i].size() != m_sizes[arrangement][i].size())
                return false;
    m_sizes = read;
    applySizes();
    return true;
}

} // namespace fxs::ui
