/** 配置项的说明。键是程序给出的英文原文；没有列出的（其他软件包的）显示为英文。 */
export default {
  "The address of the local service.": "本地服务的地址。",
  "The port of the local service.": "本地服务的端口。",
  "A plugin in place of the local service.": "代替本地服务的插件。",
  'The local service as a client endpoint of Twisted, such as "unix:/run/app.sock" or "tls:db.example.com:5432".':
    '以 Twisted 客户端端点表示的本地服务，例如 "unix:/run/app.sock" 或 "tls:db.example.com:5432"。',
  "The name, unique on the client; the server sees it behind the user's name and a dot.":
    "名称，在客户端内唯一；服务端看到的名称前有用户名和一个点。",
  "Which kind of proxy.": "代理的类型。",
  "A proxy that is not enabled is not even checked.": "未启用的代理不会运行，也不会被检查。",
  "Shown on the dashboard.": "显示在服务端的页面上。",
  "How the streams of the proxy travel.": "代理的数据如何传输。",
  "Handed to the plugins of the server.": "传给服务端插件。",
  "Proxies of one group share their users.": "同一组的代理分担用户。",
  "Withdraw the proxy while its service does not answer.": "本地服务没有响应时撤下代理。",
  "Domains, which must lead to frps; *.example.com takes all below example.com, * takes the rest.":
    "域名，必须解析到 frps；*.example.com 匹配 example.com 的所有子域名，* 匹配其余全部。",
  "A label below the subDomainHost of frps.": "frps 的 subDomainHost 之下的子域名。",
  "Keep the last requests, to look at them and to send them again.": "保留最近的请求，以便查看和重新发送。",
  "Only paths that begin with one of these; empty takes all.": "只接受以这些开头的路径；留空接受全部。",
  "The user that is asked for; nobody is asked while user and password are empty.":
    "要求输入的用户名；用户名和密码都为空时不要求。",
  "The password that is asked for.": "要求输入的密码。",
  "The Host that the service gets; empty leaves the user's.": "发给本地服务的 Host；留空则保持用户的。",
  "Headers of the requests that the service gets.": "发给本地服务的请求头。",
  "Headers of the responses that users get.": "发给用户的响应头。",
  "Only for users who say this name; empty takes everybody.": "只接受使用此用户名的用户；留空接受所有人。",
  "The local service, HOST:PORT.": "本地服务，格式为 HOST:PORT。",
  "What the service is told as Host. Default: what the user has asked for.":
    "发给本地服务的 Host。默认：用户请求的 Host。",
  "What is done to the headers of requests.": "如何修改请求头。",
  "How many are kept, at most 10000.": "保留的数量，最多 10000 个。",
  "How much is kept of each body, and of each response's; 0 keeps none of them. In bytes.":
    "每个请求正文和响应正文保留的大小，单位为字节；0 表示不保留正文。",
  "A file of SQLite in which they outlive frpc, from the current folder; empty keeps them in memory.":
    "保存请求的 SQLite 文件，使其在 frpc 重启后仍然保留，相对于当前目录；留空则只保存在内存中。",
  "Headers and parameters of queries whose values are not kept, besides the headers Authorization, Proxy-Authorization, Cookie and Set-Cookie.":
    "除请求头 Authorization、Proxy-Authorization、Cookie 和 Set-Cookie 之外，其值也不保留的头和查询参数。",
  "Headers that take the place of those with their names.": "替换同名头的头。",
  "Refuse users who name this machine, a link-local address, or one at which clouds tell secrets to their machines. Names are looked up first.":
    "拒绝访问本机、链路本地地址或云平台元数据地址的用户。域名会先被解析。",
  "Who may use it; without this and a password, everybody.": "允许使用的用户名；与密码都为空时任何人都可以使用。",
  "What they must know.": "他们必须知道的密码。",
  "The certificate that users see, in PEM, our own first. Default: generated.":
    "用户看到的证书，PEM 格式，自己的证书在最前。默认：自动生成。",
  "Its private key. Default: generated.": "证书的私钥。默认：自动生成。",
  "Whether HTTP/2 is offered to users.": "是否向用户提供 HTTP/2。",
  "The local service as a client endpoint of Twisted, in place of localAddr.":
    "以 Twisted 客户端端点表示的本地服务，代替 localAddr。",
  "What is kept.": "保留哪些内容。",
  "Serve UDP, too (UDP ASSOCIATE), on this port of the loopback interface: a proxy of type udp has to lead there, as its localPort. Default: no UDP.":
    "同时在回环接口的此端口提供 UDP（UDP ASSOCIATE）：需要一个 udp 代理以它为 localPort。默认：不提供 UDP。",
  "Where users reach that udp proxy, HOST:PORT; without the host, it is the one where they reach this proxy. Default: the port is udpPort.":
    "用户访问该 udp 代理的地址，格式为 HOST:PORT；省略主机时与访问此代理的主机相同。默认：端口为 udpPort。",
  "The folder.": "目录。",
  "What URLs begin with, without slashes around it: files are at /VALUE/, and other URLs lead nowhere.":
    "URL 的前缀，两端不带斜杠：文件位于 /VALUE/ 之下，其他 URL 无效。",
  'The path of the socket; one that begins with "@" is a name in the abstract namespace of Linux.':
    '套接字的路径；以 "@" 开头的是 Linux 抽象命名空间中的名称。',
  "Tell the service who the user is, with this version of the PROXY protocol. Default: off.":
    "用此版本的 PROXY 协议告知本地服务用户的地址。默认：关闭。",
  "The side that keeps the limit.": "由哪一端限速。",
  'The most bytes per second, such as "512KB" or "1.5MB". Default: no limit.':
    '每秒最多的字节数，例如 "512KB" 或 "1.5MB"。默认：不限制。',
  "Encrypt the payload with a key made from the token.": "用由 token 生成的密钥加密数据。",
  "Compress the payload with snappy.": "用 snappy 压缩数据。",
  "The name of the group.": "组的名称。",
  "What every proxy of the group must know.": "组内每个代理都必须知道的密钥。",
  "How to ask. Default: off.": "检查方式。默认：关闭。",
  "How long the service may take to answer. In seconds. Default: 3.": "等待本地服务响应的最长时间，单位为秒。默认：3。",
  "How many failures in a row withdraw the proxy. Default: 1.": "连续失败多少次后撤下代理。默认：1。",
  "The pause between two checks. In seconds. Default: 10.": "两次检查的间隔，单位为秒。默认：10。",
  "For the type http: the path of the URL; an answer of 200 to 299 is healthy.":
    "用于 http 类型：URL 的路径；响应为 200 至 299 即为健康。",
  "For the type http: headers of the request.": "用于 http 类型：请求头。",
  "The name of the header.": "头的名称。",
  "Its value.": "它的值。",
  "What a visitor must know.": "访问者必须知道的密钥。",
  'The users whose visitors may come; "*" lets everybody\'s. Default: only those of the own user.':
    '允许哪些用户的访问者；"*" 允许所有人。默认：仅自己的用户。',
  "The port on frps; 0 lets frps choose one.": "frps 上的端口；0 表示由 frps 选择。",
  "The user that is asked for; nobody is asked while this is empty.": "要求输入的用户名；留空时不要求。",
  'How users say whom they want: "httpconnect".': '用户以何种方式指明目标："httpconnect"。',
  "What is told to make a hole.": "打洞时提供的信息。",
  "Do not tell the addresses that this machine has itself.": "不提供本机自身的地址。",
  "The name, unique among visitors.": "名称，在访问者中唯一。",
  "Which kind of visitor.": "访问者的类型。",
  "A visitor that is not enabled is not even checked.": "未启用的访问者不会运行，也不会被检查。",
  "How the streams of the visitor travel.": "访问者的数据如何传输。",
  "What the visited proxy wants to know; the same as there.": "被访问的代理所要求的密钥，须与其一致。",
  "The user who publishes the visited proxy. Default: the own user.": "发布被访问代理的用户。默认：自己的用户。",
  "The visited proxy's name, as its owner configured it.": "被访问代理的名称，与其所有者的配置一致。",
  "The address of this machine to listen on.": "本机的监听地址。",
  "The port of this machine to listen on; negative listens on none.": "本机的监听端口；负数表示不监听。",
  "A plugin that brings users.": "提供用户的插件。",
  "Encrypt the payload with a key made from the secret.": "用由密钥生成的密钥加密数据。",
  "The address of the peer: the virtualNet.address of the client that is visited.":
    "对端的地址：被访问客户端的 virtualNet.address。",
  "What is spoken through the hole.": "打洞后使用的协议。",
  "Make the hole at once, and again when it is gone, not when a user comes.":
    "立即打洞，断开后重新打洞，而不是等用户到来。",
  "With keepTunnelOpen: how many attempts an hour.": "与 keepTunnelOpen 一起使用：每小时尝试的次数。",
  "With keepTunnelOpen: how often the tunnel is looked after. In seconds.":
    "与 keepTunnelOpen 一起使用：检查隧道的间隔，单位为秒。",
  "The name of a visitor of this frpc that serves users while there is no hole.":
    "没有打通时为用户服务的访问者（本 frpc 的）名称。",
  "How long a user waits for a stream of the tunnel then. In milliseconds.":
    "此时用户等待隧道的时间，单位为毫秒。",
  "Which plugin.": "插件的类型。",
};
