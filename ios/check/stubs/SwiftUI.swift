// What ios/App uses of SwiftUI, written by hand so that it type-checks on Linux. Nothing here does anything, and that a call
// fits here does not prove that it fits Apple's SwiftUI: what is proven is our use of our own types, and that each of these
// is used the same way everywhere. As strict as the original where we know it: views and their closures are the main actor's.

@_exported import CoreGraphics
@_exported import Foundation
import UIKit

@MainActor @preconcurrency
public protocol View {
    associatedtype Body: View
    @ViewBuilder var body: Body { get }
}

extension Never: View {
    public var body: Never { return fatalError() }
}

/// What every view of this module is made of.
@MainActor @preconcurrency
public protocol Primitive: View where Body == Never {}
extension Primitive {
    public var body: Never { while true {} }
}

public struct EmptyView: Primitive { public nonisolated init() {} }
public struct TupleView<each Content: View>: Primitive { nonisolated init() {} }
public struct EitherView<First: View, Second: View>: Primitive { nonisolated init() {} }
extension Optional: View where Wrapped: View {
    public var body: Never { return fatalError() }
}

@resultBuilder
public enum ViewBuilder {
    public static func buildBlock() -> EmptyView { EmptyView() }
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(_ content: repeat each Content) -> TupleView<repeat each Content> { TupleView() }
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<First: View, Second: View>(first: First) -> EitherView<First, Second> { EitherView() }
    public static func buildEither<First: View, Second: View>(second: Second) -> EitherView<First, Second> { EitherView() }
}

@MainActor @preconcurrency
public protocol ViewModifier {
    associatedtype Body: View
    typealias Content = ModifiedContent
    @ViewBuilder func body(content: Content) -> Body
}
public struct ModifiedContent: Primitive {}
public struct Changed: Primitive {}

// Apps and scenes.

@MainActor @preconcurrency
public protocol App {
    associatedtype Body: Scene
    @SceneBuilder var body: Body { get }
    init()
}
extension App { public static func main() {} }
@MainActor @preconcurrency
public protocol Scene {}
@resultBuilder
public enum SceneBuilder {
    public static func buildBlock<Content: Scene>(_ content: Content) -> Content { content }
}
public struct WindowGroup<Content: View>: Scene {
    public init(@ViewBuilder content: () -> Content) {}
}
public enum ScenePhase: Comparable, Sendable { case active, background, inactive }
extension Scene {
    public func onChange<V: Equatable>(of value: V, _ action: @escaping (V, V) -> Void) -> some Scene { self }
}
@MainActor @preconcurrency @propertyWrapper
public struct UIApplicationDelegateAdaptor<Delegate: NSObject & UIApplicationDelegate> {
    public init(_ type: Delegate.Type = Delegate.self) {}
    public var wrappedValue: Delegate { while true {} }
}

// State and environment.

@propertyWrapper
public struct State<Value> {
    public init(wrappedValue: Value) {}
    public init(initialValue: Value) {}
    public var wrappedValue: Value { get { while true {} } nonmutating set {} }
    public var projectedValue: Binding<Value> { while true {} }
}
extension State where Value: ExpressibleByNilLiteral {
    public init() {}
}
@propertyWrapper @dynamicMemberLookup
public struct Binding<Value> {
    public init(projectedValue: Binding<Value>) {}
    public static func constant(_ value: Value) -> Binding<Value> { while true {} }
    public var wrappedValue: Value { get { while true {} } nonmutating set {} }
    public var projectedValue: Binding<Value> { self }
    public subscript<Part>(dynamicMember keyPath: WritableKeyPath<Value, Part>) -> Binding<Part> { while true {} }
}
public protocol EnvironmentKey {
    associatedtype Value
    static var defaultValue: Value { get }
}
public struct EnvironmentValues {
    public subscript<Key: EnvironmentKey>(key: Key.Type) -> Key.Value { get { Key.defaultValue } set {} }
    public var dynamicTypeSize: DynamicTypeSize { get { .large } set {} }
    public var isSceneCaptured: Bool { get { false } set {} }
    public var openURL: OpenURLAction { OpenURLAction() }
    public var scenePhase: ScenePhase { get { .active } set {} }
}
@propertyWrapper
public struct Environment<Value> {
    public init(_ keyPath: KeyPath<EnvironmentValues, Value>) {}
    public var wrappedValue: Value { while true {} }
}
@propertyWrapper
public struct ScaledMetric<Value: BinaryFloatingPoint> {
    public init(wrappedValue: Value, relativeTo textStyle: Font.TextStyle) {}
    public var wrappedValue: Value { while true {} }
}
@MainActor @preconcurrency
public struct OpenURLAction {
    nonisolated init() {}
    public func callAsFunction(_ url: URL) {}
}
public enum DynamicTypeSize: Comparable, Sendable {
    case large
    public var isAccessibilitySize: Bool { false }
}

// Shapes and colours.

public protocol ShapeStyle: Sendable {}
public struct Color: ShapeStyle, Primitive, Sendable, Equatable {
    public nonisolated init(uiColor: UIColor) {}
    public static let clear = Color(uiColor: .stub)
    public static let white = Color(uiColor: .stub)
}
public struct UnitPoint: Sendable {
    public static let bottomTrailing = UnitPoint()
    public static let top = UnitPoint()
    public static let topLeading = UnitPoint()
}
public struct LinearGradient: ShapeStyle, Primitive {
    public init(colors: [Color], startPoint: UnitPoint, endPoint: UnitPoint) {}
}
public protocol Shape: View, Sendable {}
public protocol InsettableShape: Shape {}
extension Shape {
    public func stroke<S: ShapeStyle>(_ content: S, lineWidth: CGFloat = 1) -> some View { Changed() }
}
extension InsettableShape {
    public func strokeBorder<S: ShapeStyle>(_ content: S, lineWidth: CGFloat = 1) -> some View { Changed() }
}
public struct Circle: InsettableShape, Primitive { public nonisolated init() {} }
public struct Rectangle: InsettableShape, Primitive { public nonisolated init() {} }
public struct RoundedRectangle: InsettableShape, Primitive { public nonisolated init(cornerRadius: CGFloat) {} }

// Text and images.

public struct Font: Sendable {
    public enum TextStyle: Sendable { case body, callout, headline, subheadline, title, title2 }
    public enum Design: Sendable { case `default`, monospaced }
    public struct Weight: Sendable {
        public static let bold = Weight()
        public static let medium = Weight()
        public static let regular = Weight()
    }
    public static func system(size: CGFloat, weight: Weight? = nil, design: Design? = nil) -> Font { Font() }
}
public struct Text: Primitive {
    public init(verbatim content: String) {}
    public func italic() -> Text { self }
    public func underline() -> Text { self }
}
public struct Image: Primitive {
    public enum Interpolation: Sendable { case none }
    public init(systemName: String) {}
    public init(decorative: CGImage, scale: CGFloat) {}
    public func interpolation(_ interpolation: Interpolation) -> Image { self }
    public func resizable() -> Image { self }
}

// Layout and controls.

public enum HorizontalAlignment: Sendable { case center, leading, trailing }
public enum VerticalAlignment: Sendable { case center, firstTextBaseline }
public enum Alignment: Sendable { case center, leading }
public enum TextAlignment: Sendable { case center, leading }
public enum ContentMode: Sendable { case fill, fit }
public enum ControlSize: Sendable { case large, regular }
public enum Axis: Sendable { case horizontal, vertical }
public struct Edge {
    public struct Set: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let all = Set(rawValue: 15)
        public static let bottom = Set(rawValue: 1)
        public static let horizontal = Set(rawValue: 6)
        public static let leading = Set(rawValue: 2)
        public static let top = Set(rawValue: 8)
        public static let vertical = Set(rawValue: 9)
    }
}
public struct VStack<Content: View>: Primitive {
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}
public struct HStack<Content: View>: Primitive {
    public init(alignment: VerticalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}
public struct ZStack<Content: View>: Primitive {
    public init(alignment: Alignment = .center, @ViewBuilder content: () -> Content) {}
}
public struct ScrollView<Content: View>: Primitive {
    public init(@ViewBuilder content: () -> Content) {}
}
public struct ScrollViewReader<Content: View>: Primitive {
    public init(@ViewBuilder content: @escaping (ScrollViewProxy) -> Content) {}
}
@MainActor @preconcurrency
public struct ScrollViewProxy {
    public func scrollTo<ID: Hashable>(_ id: ID, anchor: UnitPoint? = nil) {}
}
public struct Spacer: Primitive { public init(minLength: CGFloat? = nil) {} }
public struct Divider: Primitive { public init() {} }
public struct ForEach<Data: RandomAccessCollection, ID: Hashable, Content: View>: Primitive {
    public init(_ data: Data, @ViewBuilder content: @escaping (Data.Element) -> Content) where Data.Element: Identifiable, ID == Data.Element.ID {}
    public init(_ data: Data, id: KeyPath<Data.Element, ID>, @ViewBuilder content: @escaping (Data.Element) -> Content) {}
}
public struct Button<Label: View>: Primitive {
    public init(action: @escaping @MainActor () -> Void, @ViewBuilder label: () -> Label) {}
}
public struct ProgressView: Primitive {
    public init() {}
    public init<V: BinaryFloatingPoint>(value: V?, total: V = 1) {}
}
public struct TextField: Primitive {
    public init<S: StringProtocol>(_ title: S, text: Binding<String>, axis: Axis) {}
}
public struct TextInputAutocapitalization: Sendable {
    public static let characters = TextInputAutocapitalization()
    public static let never = TextInputAutocapitalization()
}
public struct ScrollDismissesKeyboardMode: Sendable {
    public static let interactively = ScrollDismissesKeyboardMode()
}
@MainActor @preconcurrency
public protocol PrimitiveButtonStyle {}
public struct PlainButtonStyle: PrimitiveButtonStyle { public nonisolated init() {} }
extension PrimitiveButtonStyle where Self == PlainButtonStyle {
    public nonisolated static var plain: PlainButtonStyle { PlainButtonStyle() }
}
@MainActor @preconcurrency
public protocol UIViewRepresentable: View where Body == Never {
    associatedtype UIViewType: UIView
    associatedtype Coordinator = Void
    typealias Context = UIViewRepresentableContext<Self>
    func makeCoordinator() -> Coordinator
    func makeUIView(context: Context) -> UIViewType
    func updateUIView(_ uiView: UIViewType, context: Context)
    static func dismantleUIView(_ uiView: UIViewType, coordinator: Coordinator)
}
extension UIViewRepresentable {
    public var body: Never { while true {} }
}
@MainActor @preconcurrency
public struct UIViewRepresentableContext<Representable: UIViewRepresentable> {
    public let coordinator: Representable.Coordinator
}

// Accessibility.

public struct AccessibilityTraits: SetAlgebra, Sendable {
    private var traits: Swift.Set<Int> = []
    public init() {}
    public static let isHeader = AccessibilityTraits()
    public static let isImage = AccessibilityTraits()
    public static let isSelected = AccessibilityTraits()
    public static let updatesFrequently = AccessibilityTraits()
    public func contains(_ member: AccessibilityTraits) -> Bool { false }
    public func union(_ other: AccessibilityTraits) -> AccessibilityTraits { self }
    public func intersection(_ other: AccessibilityTraits) -> AccessibilityTraits { self }
    public func symmetricDifference(_ other: AccessibilityTraits) -> AccessibilityTraits { self }
    public mutating func insert(_ new: AccessibilityTraits) -> (inserted: Bool, memberAfterInsert: AccessibilityTraits) { (true, new) }
    public mutating func remove(_ member: AccessibilityTraits) -> AccessibilityTraits? { nil }
    public mutating func update(with new: AccessibilityTraits) -> AccessibilityTraits? { nil }
    public mutating func formUnion(_ other: AccessibilityTraits) {}
    public mutating func formIntersection(_ other: AccessibilityTraits) {}
    public mutating func formSymmetricDifference(_ other: AccessibilityTraits) {}
}
public struct AccessibilityChildBehavior: Sendable {
    public static let combine = AccessibilityChildBehavior()
    public static let ignore = AccessibilityChildBehavior()
}
public struct AccessibilityActionKind: Sendable {
    public static let escape = AccessibilityActionKind()
}
public enum AccessibilityNotification {
    public struct Announcement {
        public init(_ announcement: String) {}
        public func post() {}
    }
    public struct ScreenChanged {
        public init() {}
        public func post() {}
    }
}

extension View {
    public func accessibilityAction(_ kind: AccessibilityActionKind, _ handler: @escaping () -> Void) -> some View { Changed() }
    public func accessibilityAddTraits(_ traits: AccessibilityTraits) -> some View { Changed() }
    public func accessibilityElement(children: AccessibilityChildBehavior = .ignore) -> some View { Changed() }
    public func accessibilityHidden(_ hidden: Bool) -> some View { Changed() }
    public func accessibilityHint<S: StringProtocol>(_ hint: S) -> some View { Changed() }
    public func accessibilityLabel<S: StringProtocol>(_ label: S) -> some View { Changed() }
    public func accessibilityValue<S: StringProtocol>(_ value: S) -> some View { Changed() }
    public func aspectRatio(_ ratio: CGFloat?, contentMode: ContentMode) -> some View { Changed() }
    public func autocorrectionDisabled(_ disable: Bool = true) -> some View { Changed() }
    public func background<Background: View>(_ background: Background) -> some View { Changed() }
    public func background<S: ShapeStyle, T: InsettableShape>(_ style: S, in shape: T) -> some View { Changed() }
    public func buttonStyle<S: PrimitiveButtonStyle>(_ style: S) -> some View { Changed() }
    public func clipShape<S: Shape>(_ shape: S) -> some View { Changed() }
    public func contentShape<S: Shape>(_ shape: S) -> some View { Changed() }
    public func controlSize(_ size: ControlSize) -> some View { Changed() }
    public func disabled(_ disabled: Bool) -> some View { Changed() }
    public func environment<V>(_ keyPath: WritableKeyPath<EnvironmentValues, V>, _ value: V) -> some View { Changed() }
    public func font(_ font: Font?) -> some View { Changed() }
    public func foregroundStyle<S: ShapeStyle>(_ style: S) -> some View { Changed() }
    public func frame(width: CGFloat? = nil, height: CGFloat? = nil, alignment: Alignment = .center) -> some View { Changed() }
    public func frame(
        minWidth: CGFloat? = nil, idealWidth: CGFloat? = nil, maxWidth: CGFloat? = nil, minHeight: CGFloat? = nil,
        idealHeight: CGFloat? = nil, maxHeight: CGFloat? = nil, alignment: Alignment = .center
    ) -> some View { Changed() }
    public func id<ID: Hashable>(_ id: ID) -> some View { Changed() }
    public func ignoresSafeArea() -> some View { Changed() }
    public func keyboardType(_ type: UIKeyboardType) -> some View { Changed() }
    public func lineSpacing(_ spacing: CGFloat) -> some View { Changed() }
    public func modifier<M: ViewModifier>(_ modifier: M) -> some View { Changed() }
    public func multilineTextAlignment(_ alignment: TextAlignment) -> some View { Changed() }
    public func onAppear(perform action: (() -> Void)? = nil) -> some View { Changed() }
    public func onChange<V: Equatable>(of value: V, _ action: @escaping (V, V) -> Void) -> some View { Changed() }
    public func onDisappear(perform action: (() -> Void)? = nil) -> some View { Changed() }
    public func onOpenURL(perform action: @escaping (URL) -> Void) -> some View { Changed() }
    public func opacity(_ opacity: Double) -> some View { Changed() }
    public func overlay<V: View>(@ViewBuilder content: () -> V) -> some View { Changed() }
    public func padding(_ edges: Edge.Set = .all, _ length: CGFloat? = nil) -> some View { Changed() }
    public func padding(_ length: CGFloat) -> some View { Changed() }
    public func preferredColorScheme(_ scheme: ColorScheme?) -> some View { Changed() }
    public func scaledToFit() -> some View { Changed() }
    public func scrollDismissesKeyboard(_ mode: ScrollDismissesKeyboardMode) -> some View { Changed() }
    public func task(_ action: @escaping @Sendable @MainActor () async -> Void) -> some View { Changed() }
    public func textInputAutocapitalization(_ autocapitalization: TextInputAutocapitalization?) -> some View { Changed() }
    public func tint<S: ShapeStyle>(_ tint: S?) -> some View { Changed() }
}
public enum ColorScheme: Sendable { case dark, light }

// Previews.

@MainActor @preconcurrency
public protocol PreviewProvider {
    associatedtype Previews: View
    @ViewBuilder static var previews: Previews { get }
}
extension View {
    public func previewDisplayName(_ name: String?) -> some View { Changed() }
}
