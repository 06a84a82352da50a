using System.Buffers;
using System.IO.Pipelines;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Control;
using AcmeKestrel.Protocol.Messages;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Upgrades;

/// <summary>What one version writes and another one may read: a part of a record, or a line of the control socket, whose ends may be of two versions while one is updated.</summary>
internal sealed record StoredType(JsonSerializerContext Json, JsonTypeInfo Info)
{
    private static readonly MethodInfo ReadPart = typeof(RecordCodec).GetMethods().Single(method => method.Name == nameof(RecordCodec.Json) && method.GetParameters()[0].ParameterType == typeof(StoreRecord));

    private static readonly MethodInfo ReadLine = typeof(ControlLines).GetMethod(nameof(ControlLines.ReadAsync))!;

    /// <summary>Whatever the core has a JSON context for, so that a kind of record that is added is among them by itself. What is said to a CA is read by none of ours.</summary>
    public static IReadOnlyDictionary<string, StoredType> All { get; } = typeof(AcmeOptions).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(JsonSerializerContext)) && type != typeof(AcmeJson))
        .SelectMany(context => Of((JsonSerializerContext)context.GetProperty("Default")!.GetValue(null)!))
        .ToDictionary(stored => stored.Info.Type.Name);

    public JsonTypeInfo InfoOf(Type type) => Json.GetTypeInfo(type) ?? throw new InvalidOperationException($"{Json.GetType().Name} does not know {type}.");

    public string Write(object value) => JsonSerializer.Serialize(value, Info);

    /// <summary>As the product reads it; null: it says that the record is damaged, or the line not understood.</summary>
    public object? Read(string json)
    {
        try
        {
            return Json is ControlJson ? LineOf(json) : PartOf(json);
        }
        catch (TargetInvocationException refused) when (refused.InnerException is DamagedRecordException)
        {
            return null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private object? PartOf(string json)
    {
        var record = new StoreRecord(new RecordKey(RecordKind.Schedule, "shop.test"), new RecordVersion("1"), new RecordContent([RecordCodec.Text("part.json", json)]));
        return ReadPart.MakeGenericMethod(Info.Type).Invoke(null, [record, "part.json", Info]);
    }

    private object? LineOf(string json)
    {
        var line = PipeReader.Create(new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(json.ReplaceLineEndings("") + "\n")));
        var read = (Task)ReadLine.MakeGenericMethod(Info.Type).Invoke(null, [line, Info, CancellationToken.None])!;
        read.GetAwaiter().GetResult();
        return read.GetType().GetProperty("Result")!.GetValue(read);
    }

    private static IEnumerable<StoredType> Of(JsonSerializerContext context) =>
        from attribute in context.GetType().GetCustomAttributesData()
        where attribute.AttributeType == typeof(JsonSerializableAttribute)
        let type = (Type)attribute.ConstructorArguments[0].Value!
        select new StoredType(context, context.GetTypeInfo(type)!);
}
